"use client";

import { useTranslations } from "next-intl";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import { Forbidden } from "@/components/sources/source-trouble.tsx";
import type { SourceReport } from "@/lib/base/source-state.ts";

/** Sources that stand above the table; more are on the page Sources. */
const MOST = 3;

/** Pods that may not be read or are not watched: without this a short list would be a lie. Pods that fell silent are the shell's banner. */
export function ListSources({ pods }: { pods: readonly SourceReport[] }) {
  return pods
    .filter(({ state }) => state.state === "forbidden" || state.state === "off")
    .slice(0, MOST)
    .map((report) => <SourceNote key={report.key} report={report} />);
}

function SourceNote({ report: { cluster, part, state } }: { report: SourceReport }) {
  const t = useTranslations("jobs");
  const s = useTranslations("sources");
  const forbidden = state.state === "forbidden";
  const where = [cluster, part === null ? null : s("part", { name: part })].filter((one) => one !== null).join(" · ");
  return (
    <section className="banner list-source" data-v={forbidden ? "system" : "unknown"} aria-label={t(forbidden ? "source.forbiddenTitle" : "source.offTitle")}>
      <SourceBadge state={state.state} bare />
      <div className="grow">
        <p>
          <b>{t(forbidden ? "source.forbiddenTitle" : "source.offTitle")}</b> {t(forbidden ? "source.forbiddenText" : "source.offText")}{" "}
          <span className="faint xs">{where}</span>
        </p>
        {forbidden ? <Forbidden state={state} /> : null}
      </div>
    </section>
  );
}
