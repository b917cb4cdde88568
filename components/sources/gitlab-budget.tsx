"use client";

import { useTranslations } from "next-intl";
import { Clock } from "@/components/ui/time.tsx";
import type { SourceReport } from "@/lib/base/source-state.ts";

/** What Runnerscope may ask GitLab, what it did ask, and what GitLab itself says of its limit. */
export function GitlabBudget({ reports }: { reports: readonly SourceReport[] }) {
  const t = useTranslations("sources.budget");
  const budget = reports.find((report) => report.budget !== undefined)?.budget;
  if (budget === undefined) return null;
  const { perMinute, usedLastMinute, limit, remaining, resetAt, pausedUntil, waiting } = budget;
  return (
    <div className="card-body">
      <h3 className="sm">{t("title")}</h3>
      <dl className="kv">
        <dt>{t("own")}</dt>
        <dd>{t("ownOf", { used: usedLastMinute, most: perMinute })}</dd>
        <dt>{t("gitlab")}</dt>
        <dd>
          {limit === null && remaining === null ? <span className="muted">{t("notTold")}</span> : null}
          {remaining === null ? null : t("left", { remaining, limit: limit ?? "?" })}
          {remaining === null && limit !== null ? t("limitOnly", { limit }) : null}
          {resetAt === null ? null : <> {t.rich("reset", { at: () => <Clock at={resetAt} /> })}</>}
        </dd>
        <dt>{t("due")}</dt>
        <dd>
          {t("dueCount", { count: waiting })}
          {pausedUntil === null ? null : <span className="wait"> {t.rich("paused", { at: () => <Clock at={pausedUntil} /> })}</span>}
        </dd>
      </dl>
    </div>
  );
}
