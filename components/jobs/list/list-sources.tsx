"use client";

import { useTranslations } from "next-intl";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import { Forbidden } from "@/components/sources/source-trouble.tsx";
import { ButtonLink } from "@/components/ui/button.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { SourceReport } from "@/lib/base/source-state.ts";

/** Sources of job pods that stand above the table; more are on the page Sources. */
const MOST = 3;
const EDGES = { forbidden: "system", failed: "system", stale: "waiting", off: "unknown" } as const;

/** Which parts of the list cannot be trusted, and why: without this an empty table would be a lie. */
export function ListSources({ pods }: { pods: readonly SourceReport[] }) {
  return pods
    .filter(({ state }) => state.state !== "live" && state.state !== "connecting")
    .slice(0, MOST)
    .map((report) => <SourceNote key={report.key} report={report} />);
}

function SourceNote({ report }: { report: SourceReport }) {
  const t = useTranslations("jobs");
  const s = useTranslations("sources");
  const { state } = report;
  if (state.state === "live" || state.state === "connecting") return null;
  const kind = state.state === "failed" ? "stale" : state.state;
  const where = [report.cluster, report.part === null ? null : s("part", { name: report.part })]
    .filter((part) => part !== null)
    .join(" · ");
  return (
    <div className="banner list-source" data-v={EDGES[state.state]}>
      <SourceBadge state={state.state} bare />
      <div className="grow">
        <p>
          <b>{t(`source.${kind}Title`)}</b> <Text report={report} kind={kind} /> <span className="faint xs">{where}</span>
        </p>
        {state.state === "forbidden" ? <Forbidden state={state} /> : null}
      </div>
      <ButtonLink small href="/sources">
        {t("source.open")}
      </ButtonLink>
    </div>
  );
}

function Text({ report, kind }: { report: SourceReport; kind: "forbidden" | "stale" | "off" }) {
  const t = useTranslations("jobs");
  const { lastHeardAt } = report;
  if (kind !== "stale") return t(`source.${kind}Text`);
  return lastHeardAt === null ? t("source.neverText") : t.rich("source.staleText", { age: () => <Age since={lastHeardAt} /> });
}
