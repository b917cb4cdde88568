"use client";

import { createParser, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { FINDING_KINDS, VERDICT_KINDS } from "@/lib/fleet/kinds.ts";
import type { HistoryFilter } from "@/lib/history/schema.ts";

/** RFC 3339 in UTC, as the API takes it. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/;
const parseAsTimestamp = createParser<string>({
  parse: (text) => (TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text)) ? text : null),
  serialize: (value) => value,
});

/** The filter stands in the address under the names that the API has, so that a link is exactly this list. */
const PARSERS = {
  q: parseAsString,
  verdict: parseAsStringLiteral(VERDICT_KINDS),
  finding: parseAsStringLiteral(FINDING_KINDS),
  cluster: parseAsString,
  project: parseAsString,
  node: parseAsString,
  image: parseAsString,
  runner: parseAsString,
  failureReason: parseAsString,
  since: parseAsTimestamp,
  until: parseAsTimestamp,
};

export type FilterKey = keyof typeof PARSERS;
/** Fields of free text, in the order of the form. */
export const TEXT_FIELDS = ["project", "node", "runner", "image", "failureReason"] as const satisfies readonly FilterKey[];

export interface HistoryFilterState {
  /** Only what is set. */
  filter: HistoryFilter;
  set: (change: Partial<Record<FilterKey, string | null>>) => void;
  clear: () => void;
}

export function useHistoryFilter(): HistoryFilterState {
  const [state, setState] = useQueryStates(PARSERS, { history: "push", shallow: true, scroll: false });
  return useMemo(
    () => ({
      filter: Object.fromEntries(Object.entries(state).filter(([, value]) => value !== null && value !== "")) as HistoryFilter,
      set: (change) => void setState(change as Parameters<typeof setState>[0]),
      clear: () => void setState(null),
    }),
    [state, setState],
  );
}
