"use client";

import { useTranslations } from "next-intl";
import { NoData } from "@/components/jobs/known.tsx";
import { formatShare } from "@/lib/base/units.ts";
import type { Manager } from "@/lib/fleet/schema.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { findOrphans } from "./prepare-orphans.ts";
import { preparePollTotals } from "./prepare-manager.ts";

/** What the managers as a whole do: jobs taken, polls refused, pods that nobody holds. */
export function ManagerFigures({ managers }: { managers: readonly Manager[] }) {
  const t = useTranslations("managers");
  const orphans = findOrphans(useCollection("jobs").values()).length;
  const polls = preparePollTotals(managers);
  return (
    <section className="hero-side" aria-label={t("figures.label")}>
      <dl className="figures">
        <div>
          <dt>{t("figures.picked")}</dt>
          <dd>
            {polls === null || polls.perMinute === null ? (
              <NoData reason="not-seen" />
            ) : (
              <>
                {polls.perMinute.toFixed(1)} <small>{t("figures.aMinute")}</small>
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>{t("figures.refused")}</dt>
          <dd className={polls !== null && (polls.refused ?? 0) > 0 ? "wait" : undefined}>
            {polls === null || polls.refused === null ? <NoData reason="not-seen" /> : formatShare(polls.refused)}
          </dd>
        </div>
        <div>
          <dt>{t("figures.orphans")}</dt>
          <dd className={orphans > 0 ? "wait" : undefined}>{orphans}</dd>
        </div>
      </dl>
    </section>
  );
}
