/** The date `YYYY-MM-DD` of a moment in a time zone. `ms` since the epoch. */
export function localDay(ms: number, timeZone: string): string {
  return format(ms, "en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
}

/** The time of day, always with 24 hours: `14:26:08`. */
export function localTime(ms: number, timeZone: string): string {
  return format(ms, "en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** Time of day, with the date before it on any other day than `today` (`YYYY-MM-DD`). */
export function localMoment(ms: number, { timeZone, locale, today }: { timeZone: string; locale: string; today: string }): string {
  if (!Number.isFinite(ms)) return "–";
  const day = localDay(ms, timeZone);
  if (day === today) return localTime(ms, timeZone);
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : ({ year: "numeric" } as const);
  return `${format(ms, locale, { timeZone, month: "short", day: "numeric", ...year })} ${localTime(ms, timeZone)}`;
}

/** Date and time in the zone and in UTC: `2026-11-24 14:26:08 GMT+1 · 13:26:08 UTC`. */
export function fullMoment(ms: number, timeZone: string): string {
  if (!Number.isFinite(ms)) return "–";
  const utc = `${localTime(ms, "UTC")} UTC`;
  if (timeZone === "UTC") return `${localDay(ms, "UTC")} ${utc}`;
  const utcDay = localDay(ms, "UTC");
  const day = localDay(ms, timeZone);
  return `${day} ${localTime(ms, timeZone)} ${zoneName(ms, timeZone)} · ${utcDay === day ? "" : `${utcDay} `}${utc}`;
}

/** Short name of the zone at that moment: `GMT+1`, `CET`, `UTC`. */
export function zoneName(ms: number, timeZone: string): string {
  const parts = formatter("en-GB", { timeZone, timeZoneName: "short" }).formatToParts(ms);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? timeZone;
}

/** Whether the runtime knows this zone: what a cookie says may be anything. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs far more than using it, and a table shows hundreds of times. */
function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const made = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formatters.set(key, made);
  return made;
}

function format(ms: number, locale: string, options: Intl.DateTimeFormatOptions): string {
  return formatter(locale, options).format(ms);
}
