"use client";

import { isTroubled } from "@/components/sources/prepare-sources.ts";
import { valueOf } from "@/lib/base/known.ts";
import { useEntity, useSources } from "@/lib/stream/client/use-live.tsx";
import type { Page } from "./pages.ts";

/** The figure beside a page's name; null: not known, or nothing to say. `alert`: somebody is needed; `warn`: something cannot be trusted. */
export interface NavCount {
  count: number | null;
  tone: "plain" | "alert" | "warn";
}

export function useNavCounts(): Record<Page["name"], NavCount> {
  const overview = useEntity("overview", "overview");
  const troubled = useSources().filter((report) => isTroubled(report.state)).length;
  const needed = overview?.problems.filter((problem) => problem.group === "needs-you").length ?? 0;
  return {
    now: { count: needed === 0 ? null : needed, tone: "alert" },
    jobs: { count: overview === undefined ? null : valueOf(overview.live), tone: "plain" },
    managers: { count: overview === undefined ? null : valueOf(overview.managers.found), tone: "plain" },
    history: { count: null, tone: "plain" },
    nodes: { count: overview === undefined ? null : valueOf(overview.nodes.found), tone: "plain" },
    sources: { count: troubled === 0 ? null : troubled, tone: "warn" },
  };
}
