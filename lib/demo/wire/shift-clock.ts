/** How far off the clock is under the fault `clock +5 min`. */
export const SKEW_MS = 300_000;

const RFC3339 = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
/** The time stamp of a row of the exposition format. */
const ROW_STAMP = /(?<= )\d{13}$/gm;
/** A row whose value is a time: seconds since the epoch. */
const TIME_VALUE = /^(\w+_(?:start_time_seconds|last_seen)(?:\{.*\})? )([\d.e+]+)/gm;

/** What a server writes whose clock is `ms` ahead: all times in JSON and in pages of metrics. */
export function shiftClock(text: string, ms: number): string {
  return text
    .replaceAll(RFC3339, (time) => new Date(Date.parse(time) + ms).toISOString())
    .replaceAll(TIME_VALUE, (_row, name: string, value: string) => `${name}${Number(value) + ms / 1000}`)
    .replaceAll(ROW_STAMP, (stamp) => String(Number(stamp) + ms));
}
