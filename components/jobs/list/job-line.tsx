"use client";

import { flexRender } from "@tanstack/react-table";
import type { Row } from "@tanstack/react-table";
import { memo, useEffect, useRef } from "react";
import type { JobRow } from "@/lib/fleet/schema.ts";
import type { JobFeatures } from "./columns.tsx";

export type JobTableRow = Row<JobFeatures, JobRow>;

interface JobLineProps {
  row: JobTableRow;
  /** Changes when other columns show. */
  columnsKey: string;
  /** 1-based position among all lines of the table, the head included. */
  rowIndex: number;
  /** Index among the virtual lines, for measuring. */
  index: number;
  selected: boolean;
  card: boolean;
  measure: ((element: HTMLTableRowElement | null) => void) | null;
  onSelect: (key: string) => void;
}

/** One line of the table. Its place and selection may change without drawing its cells again. */
export function JobLine({ row, columnsKey, rowIndex, index, selected, card, measure, onSelect }: JobLineProps) {
  const line = useRef<HTMLTableRowElement>(null);
  const job = row.original;
  useFlash(line, `${job.verdict.kind} ${job.phase}`);
  return (
    <tr
      ref={(element) => {
        line.current = element;
        measure?.(element);
      }}
      data-index={index}
      data-key={job.key}
      className={job.ending === "live" ? "job-line" : "job-line is-ended"}
      aria-rowindex={rowIndex}
      aria-selected={selected}
      {...(card ? { role: "row" } : {})}
      onClick={(event) => {
        if (!(event.target instanceof Element && event.target.closest("a, button"))) onSelect(job.key);
      }}
    >
      <JobCells row={row} job={job} columnsKey={columnsKey} card={card} />
    </tr>
  );
}

interface JobCellsProps {
  row: JobTableRow;
  job: JobRow;
  columnsKey: string;
  card: boolean;
}

/** Drawn again only when the job itself changed, or other columns show: the table makes new rows, jobs keep their identity. */
const JobCells = memo(
  function JobCells({ row, card }: JobCellsProps) {
    return row.getVisibleCells().map((cell) => (
      <td key={cell.column.id} className={cell.column.columnDef.meta?.className} {...(card ? { role: "cell" } : {})}>
        {flexRender(cell.column.columnDef.cell, cell.getContext())}
      </td>
    ));
  },
  (before, after) => before.job === after.job && before.columnsKey === after.columnsKey && before.card === after.card,
);

/** One flash of the accent when `state` changes; none when the line appears, none for who asked for less motion. */
function useFlash(line: React.RefObject<HTMLTableRowElement | null>, state: string): void {
  const shown = useRef(state);
  useEffect(() => {
    if (shown.current === state) return;
    shown.current = state;
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    line.current?.animate?.(
      [{ backgroundColor: "color-mix(in srgb, var(--color-accent) 22%, transparent)" }, { backgroundColor: "transparent" }],
      { duration: 900, easing: "cubic-bezier(.2,0,0,1)" },
    );
  }, [line, state]);
}
