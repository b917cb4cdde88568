"use client";

import { useTranslations } from "next-intl";
import { Clock } from "@/components/ui/time.tsx";
import { formatDurationMs, formatTPlus } from "@/lib/base/units.ts";
import type { ContainerView } from "@/lib/fleet/schema.ts";

/** What the samples tell beside the curves: how many there are and until when, what throttling cost, and what the kernel killed. */
export function UsageFacts({ container, zeroMs, series }: { container: ContainerView; zeroMs: number; series: boolean }) {
  const t = useTranslations("job.usage");
  const u = useTranslations("jobs");
  const { usage } = container;
  if (usage.state === "unknown") {
    return (
      <>
        <dt>{t("samplesHead")}</dt>
        <dd className="faint">{u(`unknown.${usage.reason}`)}</dd>
      </>
    );
  }
  const { samples, at, cfs, limitHits, oom, nestedOom } = usage.value;
  const moment = (iso: string) => ({ at: () => <Clock at={iso} />, tplus: formatTPlus(Date.parse(iso) - zeroMs) });
  return (
    <>
      <dt>{t("samplesHead")}</dt>
      <dd>
        {t.rich("samplesText", { count: samples, ...moment(at) })}
        {series ? null : <span className="faint"> · {t("noSeries")}</span>}
      </dd>
      {cfs === null || cfs.throttledSeconds === null ? null : (
        <>
          <dt>{t("lost")}</dt>
          <dd title={t("lostNote")}>{formatDurationMs(cfs.throttledSeconds * 1_000)}</dd>
        </>
      )}
      {/* 0 is no evidence: cgroup v2 always writes it. */}
      {limitHits === null || limitHits === 0 ? null : (
        <>
          <dt>{t("limitHits")}</dt>
          <dd>{t("times", { count: limitHits })}</dd>
        </>
      )}
      {oom === null || oom.events === 0 ? null : (
        <>
          <dt className="bad">{t("kernelKill")}</dt>
          <dd className="bad">{oom.firstSeenAt === null ? t("seen") : t.rich("seenAt", moment(oom.firstSeenAt))}</dd>
        </>
      )}
      {nestedOom === null ? null : (
        <>
          <dt className="bad">{t("nestedKill")}</dt>
          <dd className="bad">{t.rich("seenAt", moment(nestedOom.firstSeenAt))}</dd>
        </>
      )}
    </>
  );
}
