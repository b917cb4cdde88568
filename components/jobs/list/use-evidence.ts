"use client";

import { QueryClient, useQuery } from "@tanstack/react-query";
import { useLocale } from "next-intl";
import { useEffect, useState } from "react";
import type { Evidence, JobRow } from "@/lib/fleet/schema.ts";

/** What a row does not carry, as `GET /api/v1/jobs/{cluster}/{uid}` gives it: sentences there are text already. */
export interface PeekEvidence {
  evidence: readonly Evidence[];
  remedy: string | null;
}

/** The cursor must rest on a row for this long: a held `j` asks for nothing. */
const SETTLE_MS = 150;

/** `gone`: the server no longer knows the job. */
export type EvidenceState = { state: "loading" | "failed" | "gone" } | ({ state: "ready" } & PeekEvidence);

/** Evidence and remedy of one job's verdict, asked for again when the verdict changes. */
export function useEvidence(job: JobRow): EvidenceState {
  const locale = useLocale();
  const [client] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: 5_000, gcTime: 60_000, retry: 1, refetchOnWindowFocus: false } } }),
  );
  const settled = useSettled(job.key, SETTLE_MS);
  const query = useQuery(
    {
      queryKey: ["evidence", job.key, job.verdict.kind, job.verdict.at, job.phase, locale],
      queryFn: ({ signal }) => fetchEvidence(job, locale, signal),
      enabled: settled === job.key,
    },
    client,
  );
  if (query.data === null) return { state: "gone" };
  if (query.data !== undefined) return { state: "ready", ...query.data };
  return { state: query.isError ? "failed" : "loading" };
}

async function fetchEvidence({ cluster, uid }: JobRow, locale: string, signal: AbortSignal): Promise<PeekEvidence | null> {
  const response = await fetch(`/api/v1/jobs/${encodeURIComponent(cluster)}/${encodeURIComponent(uid)}`, {
    signal,
    headers: { "accept-language": locale },
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`The job could not be read: HTTP ${response.status}.`);
  const { verdict } = (await response.json()) as { verdict?: Partial<PeekEvidence> };
  if (!Array.isArray(verdict?.evidence)) throw new Error("The job's answer has no evidence.");
  return { evidence: verdict.evidence as Evidence[], remedy: verdict.remedy ?? null };
}

/** The value once it has not changed for so many milliseconds; before that the one that rested last. */
function useSettled(value: string, ms: number): string | null {
  const [settled, setSettled] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
