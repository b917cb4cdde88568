"use client";

import { createParser, parseAsArrayOf, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { COLUMN_IDS, DEFAULT_COLUMNS } from "./column-ids.ts";
import type { ColumnId } from "./column-ids.ts";
import { GROUPINGS } from "./group-jobs.ts";
import type { Grouping } from "./group-jobs.ts";
import { JOB_VIEWS } from "./rank-jobs.ts";
import type { JobView } from "./rank-jobs.ts";
import { DEFAULT_SORT, SORT_KEYS } from "./sort-jobs.ts";
import type { JobSort } from "./sort-jobs.ts";

/** `age` sorts upwards, `-age` downwards. */
const parseAsSort = createParser<JobSort>({
  parse(text) {
    const descending = text.startsWith("-");
    const key = SORT_KEYS.find((candidate) => candidate === (descending ? text.slice(1) : text));
    return key === undefined ? null : { key, descending };
  },
  serialize: ({ key, descending }) => `${descending ? "-" : ""}${key}`,
  eq: (a, b) => a.key === b.key && a.descending === b.descending,
});

/** Everything that decides what the table shows stands in the address, under short names, so that a link is exactly this view. */
const PARSERS = {
  q: parseAsString.withDefault(""),
  v: parseAsStringLiteral(JOB_VIEWS).withDefault("live"),
  g: parseAsStringLiteral(GROUPINGS).withDefault("urgency"),
  s: parseAsSort.withDefault(DEFAULT_SORT),
  c: parseAsArrayOf(parseAsStringLiteral(COLUMN_IDS)).withDefault([...DEFAULT_COLUMNS]),
  x: parseAsArrayOf(parseAsString).withDefault([]),
};

export interface ListState {
  filter: string;
  view: JobView;
  grouping: Grouping;
  sort: JobSort;
  columns: readonly ColumnId[];
  /** Keys of closed groups. */
  collapsed: ReadonlySet<string>;
  set: {
    filter: (text: string) => void;
    view: (view: JobView) => void;
    grouping: (grouping: Grouping) => void;
    sort: (sort: JobSort) => void;
    columns: (columns: readonly ColumnId[]) => void;
    collapsed: (key: string, closed: boolean) => void;
  };
}

export function useListState(): ListState {
  const [state, setState] = useQueryStates(PARSERS, { history: "replace", shallow: true, scroll: false });
  const collapsed = useMemo(() => new Set(state.x), [state.x]);
  return useMemo(() => {
    const write = (change: Parameters<typeof setState>[0]) => void setState(change);
    return {
      filter: state.q,
      view: state.v,
      grouping: state.g,
      sort: state.s,
      columns: state.c,
      collapsed,
      set: {
        filter: (q) => write({ q: q === "" ? null : q }),
        view: (v) => write({ v }),
        grouping: (g) => write({ g, x: null }),
        sort: (s) => write({ s }),
        columns: (columns) => write({ c: sameColumns(columns) ? null : COLUMN_IDS.filter((id) => columns.includes(id)) }),
        collapsed: (key, closed) =>
          write(({ x }) => ({ x: closed ? [...x.filter((other) => other !== key), key] : x.filter((other) => other !== key) })),
      },
    };
  }, [state, collapsed, setState]);
}

function sameColumns(columns: readonly ColumnId[]): boolean {
  return columns.length === DEFAULT_COLUMNS.length && DEFAULT_COLUMNS.every((id) => columns.includes(id));
}
