/** A number as Go's Prometheus client prints it (strconv 'g', shortest). */
export function goFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : value < 0 ? "-Inf" : "NaN";
  if (value === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -4 && exponent < 6) return Number.isInteger(value) ? String(value) : trim(String(value));
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const sign = power.startsWith("-") ? "-" : "+";
  return `${digits}e${sign}${power.replace(/^[+-]/, "").padStart(2, "0")}`;
}

function trim(text: string): string {
  return text.includes("e") ? Number(text).toFixed(9) : text;
}

/** Escapes a label value of the text format. */
export function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

/** Writes one family: head, then rows. Nothing at all without rows. */
export function family(name: string, type: string, help: string, rows: readonly string[]): string {
  return rows.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${rows.join("\n")}\n`;
}
