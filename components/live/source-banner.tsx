"use client";

import { useTranslations } from "next-intl";
import { rankSources, isTroubled } from "@/components/sources/prepare-sources.ts";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import { ButtonLink } from "@/components/ui/button.tsx";
import { Age } from "@/components/ui/time.tsx";
import { useSources } from "@/lib/stream/client/use-live.tsx";

const EDGES = { stale: "waiting", failed: "fail", forbidden: "fail" } as const;

/** Says on a page that has no word about it itself that job pods cannot be trusted now. */
export function SourceBanner() {
  const t = useTranslations("layout.banner");
  const troubled = rankSources(useSources().filter((report) => report.source === "kubernetes-pods" && isTroubled(report.state)));
  const state = troubled[0]?.state;
  if (state === undefined || (state.state !== "stale" && state.state !== "failed" && state.state !== "forbidden")) return null;
  return (
    <div className="banner" data-v={EDGES[state.state]}>
      <SourceBadge state={state.state} bare />
      <span className="grow">
        {t.rich(state.state, { b: (words) => <b>{words}</b>, age: () => <Age since={state.since} /> })}
        {troubled.length > 1 ? <span className="muted"> {t("others", { count: troubled.length - 1 })}</span> : null}
      </span>
      <ButtonLink small href="/sources">
        {t("open")}
      </ButtonLink>
    </div>
  );
}
