import type { LogSection } from "@/lib/logs/schema.ts";

/** Lines that are folded away, both ends included; apart from each other and in order. */
interface Hidden {
  from: number;
  to: number;
  /** Lines hidden before this stretch. */
  before: number;
}

/** What is to be drawn of a log: one row for each line that is not folded away. */
export interface Rows {
  count: number;
  /** The line in this row, from 0 on. */
  lineOf: (row: number) => number;
  /** The row of this line, or of the header behind which it is folded. */
  rowOf: (line: number) => number;
}

/**
 * Rows of a log with lines `first` to `last`. `folded`: lines of the headers of folded sections. Everything is found by halving, so that
 * a million lines cost no more than a thousand sections.
 */
export function prepareRows(first: number, last: number, sections: readonly LogSection[], folded: ReadonlySet<number>): Rows {
  const hidden = hiddenLines(first, last, sections, folded);
  const all = hidden.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const count = Math.max(0, last - first + 1 - all);
  return {
    count,
    lineOf: (row) => {
      const plain = first + row;
      const index = lastWhere(hidden, ({ from, before }) => from - before <= plain);
      const stretch = hidden[index];
      return stretch === undefined ? plain : plain + stretch.before + (stretch.to - stretch.from + 1);
    },
    rowOf: (line) => {
      const stretch = hidden[lastWhere(hidden, ({ from }) => from <= line)];
      if (stretch === undefined) return line - first;
      if (line <= stretch.to) return stretch.from - 1 - first - stretch.before;
      return line - first - stretch.before - (stretch.to - stretch.from + 1);
    },
  };
}

function hiddenLines(first: number, last: number, sections: readonly LogSection[], folded: ReadonlySet<number>): Hidden[] {
  const hidden: Hidden[] = [];
  let before = 0;
  for (const { from, to } of sections) {
    if (!folded.has(from)) continue;
    const end = Math.min(to ?? last, last);
    const begin = Math.max(from + 1, first, (hidden.at(-1)?.to ?? 0) + 1);
    if (end < begin) continue;
    hidden.push({ from: begin, to: end, before });
    before += end - begin + 1;
  }
  return hidden;
}

/** The last index for which `holds` is true, given that it is true up to some index and false after it; -1: for none. */
function lastWhere<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = list[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
