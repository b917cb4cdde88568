"use client";

import { useTable } from "@tanstack/react-table";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import type { Range } from "@tanstack/react-virtual";
import { Fragment, memo, useCallback, useEffect, useMemo, useRef } from "react";
import type { JobRow } from "@/lib/fleet/schema.ts";
import type { ListItem } from "./arrange-jobs.ts";
import { COLUMN_IDS } from "./column-ids.ts";
import type { ColumnId } from "./column-ids.ts";
import { JOB_COLUMNS, features } from "./columns.tsx";
import { GroupLine } from "./group-line.tsx";
import { JobLine } from "./job-line.tsx";
import type { JobSort } from "./sort-jobs.ts";
import { TableHead } from "./table-head.tsx";
import { HEAD_PX, useReveal } from "./use-reveal.ts";

/** Heights in px as the design fixes them; a card on a phone is measured after it is drawn. */
const ROW_PX = 36;
const GROUP_PX = 28;
const CARD_PX = 168;
const GROUP_CARD_PX = 40;

interface JobsTableProps {
  items: readonly ListItem[];
  columns: readonly ColumnId[];
  sort: JobSort;
  cursor: string | null;
  /** Rows as cards, for narrow screens. */
  card: boolean;
  label: string;
  onSort: (sort: JobSort) => void;
  onSelect: (key: string) => void;
  onToggle: (key: string, closed: boolean) => void;
}

/**
 * The table draws only the lines in sight. TanStack Table knows the columns and gives the cells of those lines; their
 * order comes in from outside (`arrange-jobs.ts`), so that 10,000 jobs cost the table nothing.
 */
export const JobsTable = memo(function JobsTable({
  items,
  columns,
  sort,
  cursor,
  card,
  label,
  onSort,
  onSelect,
  onToggle,
}: JobsTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useLines(items, cursor, card, scroller);
  const lines = virtualizer.getVirtualItems();
  useReveal(virtualizer, items, cursor);
  const data = useMemo(() => lines.flatMap(({ index }) => (items[index]?.type === "job" ? [items[index].job] : [])), [lines, items]);
  const table = useJobTable(data, columns);
  const rows = new Map(table.getRowModel().rows.map((row) => [row.id, row]));
  const leaves = table.getVisibleLeafColumns();
  const columnsKey = leaves.map((leaf) => leaf.id).join();
  const measure = card ? virtualizer.measureElement : null;
  const roles = (role: string) => (card ? { role } : {});
  return (
    <div ref={scroller} className="tablewrap jobs-scroller" id="jobs-table" tabIndex={-1}>
      <table
        className="jobs"
        aria-label={label}
        aria-rowcount={items.length + 1}
        style={card ? undefined : { minWidth: table.getTotalSize() }}
        {...roles("table")}
      >
        <colgroup>
          {leaves.map((leaf) => (
            <col key={leaf.id} style={leaf.id === "job" ? undefined : { width: leaf.getSize() }} />
          ))}
        </colgroup>
        <TableHead table={table} sort={sort} onSort={onSort} />
        <tbody {...roles("rowgroup")}>
          {lines.map(({ index, key, start }, position) => {
            const item = items[index];
            const row = item?.type === "job" ? rows.get(item.key) : undefined;
            const place = { index, rowIndex: index + 2, card, measure };
            return (
              <Fragment key={key}>
                <Spacer px={start - (lines[position - 1]?.end ?? 0)} columns={leaves.length} />
                {item?.type === "group" ? <GroupLine {...place} item={item} columns={leaves.length} onToggle={onToggle} /> : null}
                {row ? <JobLine {...place} row={row} columnsKey={columnsKey} selected={cursor === row.id} onSelect={onSelect} /> : null}
              </Fragment>
            );
          })}
          <Spacer px={virtualizer.getTotalSize() - (lines.at(-1)?.end ?? 0)} columns={leaves.length} />
        </tbody>
      </table>
    </div>
  );
});

function useJobTable(data: JobRow[], columns: readonly ColumnId[]) {
  const columnVisibility = useMemo(() => Object.fromEntries(COLUMN_IDS.map((id) => [id, columns.includes(id)])), [columns]);
  return useTable({ features, columns: JOB_COLUMNS, data, getRowId: (job) => job.key, state: { columnVisibility } });
}

function useLines(items: readonly ListItem[], cursor: string | null, card: boolean, scroller: React.RefObject<HTMLDivElement | null>) {
  const cursorIndex = useMemo(() => (cursor === null ? -1 : items.findIndex((item) => item.key === cursor)), [items, cursor]);
  // Its answers change without a new object, which only a compiler of components would mind; none is used.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLTableRowElement>({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: useCallback((index: number) => heightOf(items[index], card), [items, card]),
    // One function for one list: a new one makes the virtualizer measure all lines again, with every line that scrolls by.
    getItemKey: useCallback((index: number) => items[index]?.key ?? index, [items]),
    overscan: card ? 4 : 8,
    scrollPaddingEnd: card ? 0 : HEAD_PX,
    initialRect: { width: 1200, height: 800 },
    // The line under the cursor stays in the page even out of sight: it holds the focus.
    rangeExtractor: useCallback(
      (range: Range) => {
        const indexes = defaultRangeExtractor(range);
        return cursorIndex < 0 || indexes.includes(cursorIndex) ? indexes : [...indexes, cursorIndex].sort((a, b) => a - b);
      },
      [cursorIndex],
    ),
  });
  // Heights of cards mean nothing for rows, and the other way round.
  useEffect(() => virtualizer.measure(), [virtualizer, card]);
  return virtualizer;
}

function heightOf(item: ListItem | undefined, card: boolean): number {
  if (item?.type === "group") return card ? GROUP_CARD_PX : GROUP_PX;
  return card ? CARD_PX : ROW_PX;
}

/** Stands for the lines that are not drawn. */
function Spacer({ px, columns }: { px: number; columns: number }) {
  return px <= 0 ? null : (
    <tr aria-hidden="true" className="spacer">
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- hidden from everybody */}
      <td colSpan={columns} style={{ height: px }} />
    </tr>
  );
}
