"use client";

import { QueryClient, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { readAnswer, readProblem, type HistoryAnswer } from "@/components/history/read-answer.ts";
import type { HistoryFilter, HistoryKept, HistoryRow, HistoryWriting } from "@/lib/history/schema.ts";

/** What the server says instead of a page. `detail` and `remedy` are its words; null: it gave none. */
export class HistoryFailure extends Error {
  readonly detail: string | null;
  readonly remedy: string | null;

  constructor(status: number, detail: string | null, remedy: string | null) {
    super(detail ?? `HTTP ${status}`);
    this.detail = detail;
    this.remedy = remedy;
  }
}

/** A first page that nobody reads on from is asked for again this often, as jobs end all the time; so are more pages while nothing is written, until it is. */
const AGAIN_MS = 15_000;

export interface HistoryState {
  state: "loading" | "failed" | "ready";
  rows: readonly HistoryRow[];
  kept: HistoryKept | null;
  /** null: not known yet. */
  writing: HistoryWriting | null;
  failure: HistoryFailure | null;
  /** There are older ones. */
  more: boolean;
  loadingMore: boolean;
  older: () => void;
  retry: () => void;
}

/** Finished jobs, newest first, page after page. Pages that are here stay while a new filter is asked for. */
export function useHistory(filter: HistoryFilter): HistoryState {
  const [client] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: 5_000, gcTime: 300_000, retry: 1, refetchOnWindowFocus: false } } }),
  );
  const query = useInfiniteQuery(
    {
      queryKey: ["history", filter],
      queryFn: ({ pageParam, signal }) => fetchHistory(filter, pageParam, signal),
      initialPageParam: null as string | null,
      getNextPageParam: (last: HistoryAnswer) => last.cursor,
      refetchInterval: ({ state: { data } }) => {
        const pages = data?.pages ?? [];
        return pages.length > 1 && (pages.at(-1)?.writing?.error ?? null) === null ? false : AGAIN_MS;
      },
    },
    client,
  );
  const pages = query.data?.pages ?? [];
  return {
    state: query.data !== undefined ? "ready" : query.isError ? "failed" : "loading",
    rows: pages.flatMap((page) => page.items),
    kept: pages.at(-1)?.kept ?? null,
    writing: pages.at(-1)?.writing ?? null,
    failure: query.error instanceof HistoryFailure ? query.error : null,
    more: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    older: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}

async function fetchHistory(filter: HistoryFilter, cursor: string | null, signal: AbortSignal): Promise<HistoryAnswer> {
  const query = new URLSearchParams(Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  if (cursor !== null) query.set("cursor", cursor);
  const response = await fetch(`/api/v1/history?${query.toString()}`, { signal });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return readAnswer(body);
  const { detail, remedy } = readProblem(body);
  throw new HistoryFailure(response.status, detail, remedy);
}
