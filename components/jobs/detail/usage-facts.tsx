"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Clock } from "@/components/ui/time.tsx";
import { formatBytes, formatDurationMs, formatTPlus } from "@/lib/base/units.ts";
import type { ContainerView } from "@/lib/fleet/schema.ts";
import type { ContainerUsage } from "@/lib/metrics/schema.ts";

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
      <HowRead usage={usage.value} zeroMs={zeroMs} limitBytes={container.limits.ephemeralStorageBytes} />
    </>
  );
}

/** Where the figures come from when it is not the kubelet's own page, what the node's kernel tells besides, and what nobody measured. */
function HowRead({ usage, zeroMs, limitBytes }: { usage: ContainerUsage; zeroMs: number; limitBytes: number | null }) {
  const t = useTranslations("job.usage");
  const s = useTranslations("sources");
  const { list } = useFormatter();
  const { way, windowMs, countedAt, unmeasured, pressure, storageBytes } = usage;
  const span = (seconds: number | null) => (seconds === null ? t("notMeasured") : formatDurationMs(seconds * 1_000));
  return (
    <>
      {pressure === null ? null : (
        <>
          <dt>{t("pressureHead")}</dt>
          <dd title={t("pressureNote")}>
            {t("pressure", { cpu: span(pressure.cpuSeconds), memory: span(pressure.memorySeconds), io: span(pressure.ioSeconds) })}
          </dd>
        </>
      )}
      {storageBytes === null ? null : (
        <>
          <dt>{t("storageHead")}</dt>
          <dd>
            {limitBytes === null
              ? formatBytes(storageBytes)
              : t("storageOf", { used: formatBytes(storageBytes), limit: formatBytes(limitBytes) })}
          </dd>
        </>
      )}
      {way === "cadvisor" && countedAt === null ? null : (
        <>
          <dt>{t("wayHead")}</dt>
          <dd>
            {t(`way.${way}`)}
            {windowMs === null ? null : <span className="faint"> · {t("window", { span: formatDurationMs(windowMs) })}</span>}
            {countedAt === null ? null : (
              <span className="faint">
                {" · "}
                {t.rich("countedAt", { at: () => <Clock at={countedAt} />, tplus: formatTPlus(Date.parse(countedAt) - zeroMs) })}
              </span>
            )}
          </dd>
        </>
      )}
      {unmeasured.length === 0 ? null : (
        <>
          <dt>{t("unmeasuredHead")}</dt>
          <dd className="faint">{list(unmeasured.map((figure) => s(`figure.${figure}`)))}</dd>
        </>
      )}
    </>
  );
}
