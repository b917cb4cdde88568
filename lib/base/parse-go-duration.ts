const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const WHOLE = /^(-?)((?:\d+(?:\.\d*)?(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d+(?:\.\d*)?)(ns|us|µs|μs|ms|s|m|h)/g;

/** A duration as Go prints it (`1h2m3.5s`, `450ms`, `0s`) in milliseconds; null when it is none. */
export function parseGoDuration(text: string): number | null {
  const match = text.length > 64 ? null : WHOLE.exec(text);
  if (match === null) return null;
  let ms = 0;
  for (const [, amount, unit = ""] of (match[2] ?? "").matchAll(PART)) ms += Number(amount) * (UNIT_MS[unit] ?? 0);
  return match[1] === "-" ? -ms : ms;
}
