/** Narrow no-break space (U+202F): between a figure and its unit, and between groups of thousands. */
const THIN = "\u202f";
const MINUS = "\u2212";
const KIBI = 1024;
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
const SECOND_MS = 1_000;
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** Bytes with the binary unit that keeps the figure at 1 or more: `512 MiB`, `1.43 GiB`. Whole figures have no decimals. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "–";
  const size = Math.abs(bytes);
  let power = size < 1 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), BYTE_UNITS.length - 1);
  // What would be rounded to 1 024 belongs to the next unit.
  if (power < BYTE_UNITS.length - 1 && Number((size / KIBI ** power).toFixed(byteDecimals(size, power))) >= KIBI) power += 1;
  return `${sign(bytes)}${formatAmount(size / KIBI ** power, byteDecimals(size, power))}${THIN}${BYTE_UNITS[power]}`;
}

/**
 * Bytes in the unit of `whole`, without the unit: beside `2 GiB` the figure is `1.43`. What is little but not nothing is `<0.01`, so that
 * figures of one column compare and none of them looks like nothing.
 */
export function formatBytesIn(bytes: number, whole: number): string {
  if (!Number.isFinite(bytes)) return "–";
  const power = Math.max(0, BYTE_UNITS.indexOf((formatBytes(whole).split(THIN).at(-1) ?? "B") as (typeof BYTE_UNITS)[number]));
  const amount = Math.abs(bytes) / KIBI ** power;
  const decimals = power >= 3 ? 2 : power > 0 && amount < 10 ? 1 : 0;
  const least = 10 ** -decimals;
  if (amount > 0 && Number(amount.toFixed(decimals)) === 0) return `<${THIN}${least}`;
  return `${sign(bytes)}${formatAmount(amount, decimals)}`;
}

function byteDecimals(size: number, power: number): number {
  const amount = size / KIBI ** power;
  if (power === 0 || amount >= 100) return 0;
  return power >= 3 ? 2 : 1;
}

/** CPU in cores, from millicores: `0.50`, `1.80`, `2`. Below a hundredth of a core three decimals, so that little is not nothing. */
export function formatCpu(millicores: number): string {
  if (!Number.isFinite(millicores)) return "–";
  const cores = Math.abs(millicores) / 1_000;
  return `${sign(millicores)}${formatAmount(cores, cores < 0.01 ? 3 : 2)}`;
}

/** A span of time with at most two units: `0.4 s`, `12 s`, `4 m 12 s`, `1 h 05 m`, `2 d 03 h`. Below 10 s with tenths where there are any. */
export function formatDurationMs(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  const size = Math.abs(ms);
  const tenths = Math.floor(size / 100 + 1e-9) / 10;
  const before = tenths === 0 ? "" : sign(ms);
  if (tenths < 10) return `${before}${tenths}${THIN}s`;
  const seconds = Math.floor(size / SECOND_MS + 1e-9);
  if (seconds < MINUTE_S) return `${before}${seconds}${THIN}s`;
  if (seconds < HOUR_S) return before + pair(seconds, MINUTE_S, "m", 1, "s");
  if (seconds < DAY_S) return before + pair(seconds, HOUR_S, "h", MINUTE_S, "m");
  return before + pair(seconds, DAY_S, "d", HOUR_S, "h");
}

/** A span of time in one unit, for where there is room for no more: `34s`, `4m`, `2h`, `3d`. Rounded down. */
export function formatShortDurationMs(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  if (seconds < MINUTE_S) return `${seconds}s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)}m`;
  if (seconds < DAY_S) return `${Math.floor(seconds / HOUR_S)}h`;
  return `${Math.floor(seconds / DAY_S)}d`;
}

function pair(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % big) / small);
  return `${groupThousands(String(Math.floor(seconds / big)))}${THIN}${bigUnit}${THIN}${String(rest).padStart(2, "0")}${THIN}${smallUnit}`;
}

/** Time since the job's zero, in seconds: `T+171 s`. */
export function formatTPlus(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  const seconds = Math.round(Math.abs(ms) / SECOND_MS);
  return `T${ms < 0 && seconds > 0 ? MINUS : "+"}${groupThousands(String(seconds))}${THIN}s`;
}

/** A share of one, as a percentage: `31 %`. What is little but not nothing is `< 1 %`; what is not yet all is `> 99 %`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const percent = share * 100;
  const rounded = Math.round(percent);
  if (percent > 0 && rounded === 0) return `<${THIN}1${THIN}%`;
  if (percent < 100 && rounded === 100) return `>${THIN}99${THIN}%`;
  return `${sign(rounded)}${groupThousands(String(Math.abs(rounded)))}${THIN}%`;
}

/** A count with its thousands apart: `48 212`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return "–";
  return sign(count) + groupThousands(String(Math.abs(Math.round(count))));
}

function sign(value: number): string {
  return value < 0 ? MINUS : "";
}

function formatAmount(amount: number, decimals: number): string {
  const text = amount.toFixed(decimals);
  const [whole = "", part] = text.split(".");
  return Number(part ?? 0) === 0 && Number.isInteger(amount)
    ? groupThousands(whole)
    : [groupThousands(whole), part].filter(Boolean).join(".");
}

function groupThousands(digits: string): string {
  return digits.replaceAll(/\B(?=(\d{3})+$)/g, THIN);
}
