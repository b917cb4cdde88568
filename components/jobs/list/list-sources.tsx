"use client";

import { useTranslations } from "next-intl";
import { rankSources } from "@/components/sources/prepare-sources.ts";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import { Forbidden } from "@/components/sources/source-trouble.tsx";
import { ButtonLink } from "@/components/ui/button.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { SourceReport } from "@/lib/base/source-state.ts";

/** Sources that stand above the table; more are on the page Sources. */
const MOST = 3;
const NOTES = {
  failed: { words: "stale", edge: "system" },
  forbidden: { words: "forbidden", edge: "system" },
  stale: { words: "stale", edge: "waiting" },
  off: { words: "off", edge: "unknown" },
} as const;

/** Which part of the list cannot be trusted, and why: without this a short list would be a lie. */
export function ListSources({ pods }: { pods: readonly SourceReport[] }) {
  return rankSources(pods.filter(({ state }) => state.state in NOTES))
    .slice(0, MOST)
    .map((report) => <SourceNote key={report.key} report={report} />);
}

function SourceNote({ report: { cluster, part, state, lastHeardAt } }: { report: SourceReport }) {
  const t = useTranslations("jobs");
  const s = useTranslations("sources");
  if (state.state === "live" || state.state === "connecting") return null;
  const { words, edge } = NOTES[state.state];
  const where = [cluster, part === null ? null : s("part", { name: part })].filter((one) => one !== null).join(" · ");
  return (
    <section className="banner list-source" data-v={edge} aria-label={t(`source.${words}Title`)}>
      <SourceBadge state={state.state} bare />
      <div className="grow">
        <p>
          <b>{t(`source.${words}Title`)}</b>{" "}
          {words === "stale" && lastHeardAt === null
            ? t("source.neverText")
            : t.rich(`source.${words}Text`, { age: () => <Age since={lastHeardAt ?? ""} /> })}{" "}
          <span className="faint xs">{where}</span>
        </p>
        {state.state === "forbidden" ? <Forbidden state={state} /> : null}
      </div>
      <ButtonLink small href="/sources">
        {t("source.open")}
      </ButtonLink>
    </section>
  );
}
