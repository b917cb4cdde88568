"use client";

import { useCallback, useState } from "react";
import type { ListItem } from "./arrange-jobs.ts";

export interface Cursor {
  key: string | null;
  select: (key: string | null) => void;
  /** Moves by so many jobs, over group heads; from nowhere to the first or the last one. Moves the focus too. */
  move: (by: 1 | -1) => void;
}

/** Id of the link that takes the focus when the cursor comes to a job. */
export function jobLinkId(key: string): string {
  return `job-${key}`;
}

/** The job the keyboard is on. It stays on its job wherever that one moves; a job that left has no cursor. */
export function useCursor(items: readonly ListItem[]): Cursor {
  const [key, select] = useState<string | null>(null);
  const move = useCallback(
    (by: 1 | -1) => {
      const next = nextJob(items, key, by);
      if (next === null) return;
      select(next);
      // At once where the line is drawn, so that Enter right after opens this job and not the last one; else after it is drawn.
      const focus = () => document.getElementById(jobLinkId(next))?.focus({ preventScroll: true });
      focus();
      requestAnimationFrame(() => requestAnimationFrame(focus));
    },
    [items, key],
  );
  const there = key !== null && items.some((item) => item.key === key);
  return { key: there ? key : null, select, move };
}

/** Key of the job that comes next, or null at either end. */
export function nextJob(items: readonly ListItem[], from: string | null, by: 1 | -1): string | null {
  const at = from === null ? -1 : items.findIndex((item) => item.key === from);
  let index = at >= 0 ? at + by : by === 1 ? 0 : items.length - 1;
  while (items[index]?.type === "group") index += by;
  return items[index]?.key ?? null;
}
