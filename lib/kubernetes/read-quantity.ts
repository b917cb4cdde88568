/**
 * Kubernetes quantities (apimachinery `pkg/api/resource/quantity.go`): `<number><suffix>` with a decimal SI suffix
 * (n u m k M G T P E), a binary one (Ki Mi Gi Ti Pi Ei) or a decimal exponent (e3, E-3).
 */
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/;

const SCALE: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity in its base unit (cores, bytes, pieces); null for anything that is not one. */
export function readQuantity(raw: unknown): number | null {
  if (typeof raw === "number") return Number.isFinite(raw) ? raw : null;
  if (typeof raw !== "string" || raw.length > 64) return null;
  const match = QUANTITY.exec(raw);
  if (match === null) return null;
  const [, digits = "", exponent = "", suffix = ""] = match;
  const value = Number(digits + exponent) * (suffix === "" ? 1 : (SCALE[suffix] ?? Number.NaN));
  return Number.isFinite(value) ? value : null;
}

/** A CPU quantity in millicores, fractions kept; null for garbage and for negative values. */
export function readMillicores(raw: unknown): number | null {
  const cores = readQuantity(raw);
  return cores === null || cores < 0 ? null : withoutNoise(cores * 1000);
}

/** A memory or storage quantity in bytes, rounded up as Quantity.Value() does; null for garbage and for negative values. */
export function readBytes(raw: unknown): number | null {
  const bytes = readQuantity(raw);
  return bytes === null || bytes < 0 ? null : Math.ceil(withoutNoise(bytes));
}

/** 1.1 cores are 1100 millicores, not 1100.0000000000002. */
function withoutNoise(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(15));
}
