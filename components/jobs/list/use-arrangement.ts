"use client";

import { useCallback, useDeferredValue, useMemo, useState } from "react";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { arrangeJobs, listItems } from "./arrange-jobs.ts";
import type { Arrangement, ListItem } from "./arrange-jobs.ts";
import { parseFilter } from "./filter-jobs.ts";
import type { Term } from "./filter-jobs.ts";
import { buildMatcher } from "./match-jobs.ts";
import type { JobMatcher } from "./match-jobs.ts";
import type { ListState } from "./use-list-state.ts";

interface ArrangementResult {
  arrangement: Arrangement;
  items: readonly ListItem[];
  terms: readonly Term[];
  matcher: JobMatcher;
  /** Sorts again although somebody reads. */
  resort: () => void;
}

/** From so many jobs on they are arranged after what the reader does: it takes some tens of milliseconds, several times a second. */
const MANY = 2_000;

/** What came out last, so that the next arrangement has less to do and can hold rows in place. */
interface Memory {
  last: Arrangement | null;
  resorts: number;
}

/**
 * The arrangement of the live jobs for the state in the address.
 * `draft` is what stands in the filter field and is not a chip yet: its free words already apply.
 */
export function useArrangement(
  jobs: ReadonlyMap<string, JobRow>,
  state: ListState,
  draft: string,
  now: number,
  hold: boolean,
): ArrangementResult {
  const { filter, view, grouping, sort, collapsed } = state;
  const [memory] = useState<Memory>(() => ({ last: null, resorts: 0 }));
  const [resorts, setResorts] = useState(0);
  const words = useDeferredValue(draft);
  const settled = useDeferredValue(jobs);
  const shown = jobs.size < MANY ? jobs : settled;
  const terms = useMemo(() => parseFilter(filter), [filter]);
  const matcher = useMemo(() => buildMatcher([...terms, ...parseFilter(words).filter((term) => term.kind === "word")]), [terms, words]);
  const arrangement = useMemo(() => {
    const held = hold && memory.resorts === resorts;
    // Rendering twice with the same input gives the same arrangement, so what is remembered does not depend on it.
    // oxlint-disable-next-line react/immutability
    memory.resorts = resorts;
    // oxlint-disable-next-line react/immutability
    memory.last = arrangeJobs({ jobs: shown, matcher, view, sort, grouping, now, hold: held }, memory.last);
    return memory.last;
  }, [memory, shown, matcher, view, sort, grouping, now, hold, resorts]);
  const items = useMemo(() => listItems(arrangement.groups, collapsed), [arrangement, collapsed]);
  const resort = useCallback(() => setResorts((count) => count + 1), []);
  return { arrangement, items, terms, matcher, resort };
}
