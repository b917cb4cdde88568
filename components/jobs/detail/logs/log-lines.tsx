"use client";

import { useTranslations } from "next-intl";
import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { LogSection, LogState } from "@/lib/logs/schema.ts";
import type { LineStore } from "./line-store.ts";
import { LogRow } from "./log-row.tsx";
import { placeRows, ROW_PX, scrollTopFor } from "./place-rows.ts";
import type { Rows } from "./prepare-rows.ts";

export interface LogNote {
  ms: number;
  text: string;
}

interface LogLinesProps {
  state: LogState;
  lines: LineStore;
  rows: Rows;
  folded: ReadonlySet<number>;
  /** Where to go; another object goes there again. */
  goal: { line: number } | null;
  /** The line that the address names. */
  target: number | null;
  query: string;
  hits: ReadonlySet<number>;
  notes: readonly LogNote[];
  follow: boolean;
  onFollow: (follow: boolean) => void;
  onFold: (from: number) => void;
  onPick: (line: number) => void;
  hrefOf: (line: number) => string;
}

/** The box grows with the log up to this many pixels, then scrolls. */
const MOST_HEIGHT = 552;

/** The rows in sight of a log of any length; the others are neither drawn nor held. */
export function LogLines(props: LogLinesProps) {
  const { state, lines, rows, folded, goal, follow, onFollow } = props;
  const t = useTranslations("joblog");
  const box = useScroll(follow, goal, rows);
  const [view, setView] = useState({ top: 0, height: MOST_HEIGHT });
  const version = useSyncExternalStore(lines.subscribe, lines.version, () => 0);
  const sections = useMemo(() => new Map(state.sections.map((section) => [section.from, section])), [state.sections]);
  const placed = placeRows(rows.count, view.top, view.height);
  const first = placed.to > placed.from ? rows.lineOf(placed.from) : 0;
  const last = placed.to > placed.from ? rows.lineOf(placed.to - 1) : 0;
  useEffect(() => {
    if (last > 0) lines.want(first, last, state.lines);
  }, [lines, first, last, state.lines, version]);
  const drawn = Array.from({ length: Math.max(0, placed.to - placed.from) }, (_, index) => rows.lineOf(placed.from + index));
  return (
    <section
      ref={box}
      className="log"
      style={{ height: Math.min(MOST_HEIGHT, rows.count * ROW_PX + 18) }}
      aria-label={t("lines")}
      // A region that scrolls takes the focus, so that the arrow keys scroll it (WCAG 2.1.1).
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={({ currentTarget }) => {
        const { scrollTop, clientHeight, scrollHeight } = currentTarget;
        setView({ top: scrollTop, height: clientHeight });
        const atEnd = scrollTop + clientHeight >= scrollHeight - ROW_PX * 2;
        if (follow !== atEnd && state.state === "live") onFollow(atEnd);
      }}
    >
      <ol className="log-all" style={{ height: placed.totalPx }} aria-label={t("listOf", { count: state.lines })}>
        {drawn.map((number, index) => (
          <Line
            key={number}
            {...props}
            number={number}
            section={sections.get(number) ?? null}
            isFolded={folded.has(number)}
            topPx={placed.topPx + index * ROW_PX}
          />
        ))}
      </ol>
    </section>
  );
}

type LineProps = LogLinesProps & { number: number; section: LogSection | null; isFolded: boolean; topPx: number };

function Line({ number, section, isFolded, topPx, lines, target, hits, query, notes, hrefOf, onFold, onPick }: LineProps) {
  const line = lines.line(number);
  const before = lines.line(number - 1);
  const ms = line?.at == null ? null : Date.parse(line.at);
  const beforeMs = before?.at == null ? null : Date.parse(before.at);
  const note = ms === null || beforeMs === null ? undefined : notes.find((one) => beforeMs < one.ms && one.ms <= ms);
  return (
    <LogRow
      number={number}
      line={line}
      section={section}
      folded={isFolded}
      mark={number === target ? "target" : hits.has(number) ? "hit" : null}
      query={query}
      href={hrefOf(number)}
      note={note?.text ?? null}
      onFold={onFold}
      onPick={onPick}
      style={{ transform: `translateY(${topPx}px)` }}
    />
  );
}

/** The box that scrolls: keeps the end in sight while a log grows, and brings a line into the middle, once for each goal. */
function useScroll(follow: boolean, goal: { line: number } | null, rows: Rows): React.RefObject<HTMLElement | null> {
  const box = useRef<HTMLElement>(null);
  const reached = useRef<object | null>(null);
  useLayoutEffect(() => {
    if (follow && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, rows.count]);
  useLayoutEffect(() => {
    if (goal === null || box.current === null || reached.current === goal || rows.count === 0) return;
    reached.current = goal;
    box.current.scrollTop = scrollTopFor(rows.rowOf(goal.line), rows.count, box.current.clientHeight);
  }, [goal, rows]);
  return box;
}
