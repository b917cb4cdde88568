import type { Sample } from "./parse-exposition.ts";
import type { Histogram } from "./schema.ts";

/** A histogram with all its other labels summed; null where the page has no such family, or not all three parts of it. */
export function readHistogram(rows: ReadonlyMap<string, readonly Sample[]>, name: string): Histogram | null {
  const counts = rows.get(`${name}_count`);
  const sums = rows.get(`${name}_sum`);
  const buckets = rows.get(`${name}_bucket`);
  if (counts === undefined || sums === undefined || buckets === undefined) return null;
  return {
    count: sum(counts),
    sumSeconds: sum(sums),
    buckets: sumBy(buckets, ["le"])
      .map(([[edge = ""], count]) => ({ upTo: edge === "+Inf" ? Number.POSITIVE_INFINITY : Number(edge), count }))
      .filter(({ upTo }) => !Number.isNaN(upTo))
      .toSorted((a, b) => a.upTo - b.upTo)
      .map(({ upTo, count }) => ({ upToSeconds: Number.isFinite(upTo) ? upTo : null, count })),
  };
}

/** Sums rows that agree in `keys`, in the order of their first row. Values that are no finite number are left out. */
export function sumBy(rows: readonly Sample[], keys: readonly string[]): [values: string[], sum: number][] {
  const groups = new Map<string, [string[], number]>();
  for (const row of rows) {
    if (!Number.isFinite(row.value)) continue;
    const values = keys.map((key) => row.labels.get(key) ?? "");
    const id = JSON.stringify(values);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [values, row.value]);
    else group[1] += row.value;
  }
  return [...groups.values()];
}

function sum(rows: readonly Sample[]): number {
  return rows.reduce((total, row) => (Number.isFinite(row.value) ? total + row.value : total), 0);
}
