"use client";

import { useTranslations } from "next-intl";
import type { TimeAxis } from "@/components/charts/prepare-axis.ts";
import { LONGEST_STEP_MS, pointAt } from "@/components/charts/prepare-plot.ts";
import { TimeChart, TimeTicks } from "@/components/charts/time-chart.tsx";
import { usePlace } from "@/components/ui/time-context.tsx";
import { localTime } from "@/lib/base/local-time.ts";
import { formatBytes, formatCount, formatCpu, formatShare, formatTPlus } from "@/lib/base/units.ts";
import type { ContainerView, Job } from "@/lib/fleet/schema.ts";
import type { ContainerUsage, UsagePoint } from "@/lib/metrics/schema.ts";
import { prepareUsage, type UsageView } from "./prepare-usage.ts";
import { UsageTable } from "./usage-table.tsx";

interface UsageChartsProps {
  container: ContainerView;
  points: readonly UsagePoint[];
  job: Job;
  axis: TimeAxis;
  now: number;
}

/** CPU and memory of one container over the time that all cards share, and the samples behind them. */
export function UsageCharts({ container, points, job, axis, now }: UsageChartsProps) {
  const view = prepareUsage(container, points, job, axis, now);
  const words = useUsageWords(container, view, axis);
  const gaps = view.gaps.map((gap) => ({ ...gap, word: words.gap(gap) }));
  const shared = { axis, stops: view.stops, marks: view.marks.map((mark) => ({ ms: mark.ms, word: words.mark(mark) })) };
  return (
    <>
      <div className="gr">
        <CpuHead container={container} view={view} />
        <TimeChart
          {...shared}
          plot={view.cpu}
          series="neutral"
          label={words.cpuLabel}
          limit={words.limit(container.limits.cpuMillicores, formatCpu)}
          request={words.request(container.requests.cpuMillicores, formatCpu)}
          bands={view.bands.map((band) => ({ ...band, word: formatShare(band.share) }))}
          gaps={gaps}
          marks={shared.marks.map((mark) => ({ ...mark, word: "" }))}
          read={words.readCpu}
        />
      </div>
      <div className="gr">
        <MemoryHead container={container} />
        <TimeChart
          {...shared}
          plot={view.memory}
          series="first"
          filled
          label={words.memoryLabel}
          limit={words.limit(container.limits.memoryBytes, formatBytes)}
          request={container.requests.memoryBytes === null ? null : { value: container.requests.memoryBytes, word: "" }}
          bands={[]}
          gaps={gaps}
          read={words.readMemory}
        />
        <TimeTicks axis={axis} word={formatTPlus} />
      </div>
      <UsageTable name={container.name} points={points} zeroMs={axis.zeroMs} />
    </>
  );
}

function CpuHead({ container, view }: { container: ContainerView; view: UsageView }) {
  const t = useTranslations("job.usage");
  const usage = container.usage.state === "known" ? container.usage.value : null;
  const cfs = usage?.cfs ?? null;
  const limit = container.limits.cpuMillicores;
  const share = cfs === null || cfs.periods === 0 ? null : cfs.throttledPeriods / cfs.periods;
  return (
    <div className="gh">
      <b>{t("cpu")}</b>
      <span title={t("cpuPeakNote")}>
        {view.cpuPeak === null ? <span className="faint">{t("noRate")}</span> : t("peak", { value: formatCpu(view.cpuPeak) })}{" "}
        <span className="faint">{limit === null ? t("noLimit") : `/ ${formatCpu(limit)}`}</span>
      </span>
      <span className={share !== null && share >= LOUD_SHARE ? "end thr" : "end"}>
        {share === null
          ? t(cfs !== null ? "noPeriods" : isUnread(usage) ? "unreadThrottling" : "noQuota")
          : t("throttledOf", { share: formatShare(share), periods: formatCount(cfs?.periods ?? 0) })}
      </span>
    </div>
  );
}

/** kubernetes-mixin's CPUThrottlingHigh: a quarter of the periods. */
const LOUD_SHARE = 0.25;

function MemoryHead({ container }: { container: ContainerView }) {
  const t = useTranslations("job.usage");
  const usage = container.usage.state === "known" ? container.usage.value : null;
  const limit = container.limits.memoryBytes;
  const request = container.requests.memoryBytes;
  const peak = usage?.peak ?? null;
  const full = peak !== null && limit !== null && peak.bytes >= limit * 0.995;
  return (
    <div className="gh">
      <b>{t("memory")}</b>
      <span className={full ? "bad m" : undefined} title={peak === null ? undefined : t(`peakFrom.${peak.from}`)}>
        {peak === null ? <span className="faint">{t("noPeak")}</span> : t("peak", { value: formatBytes(peak.bytes) })}{" "}
        <span className="faint">{limit === null ? t("noLimit") : `/ ${formatBytes(limit)}`}</span>
      </span>
      <span className="end">{request === null ? t("noRequest") : t("requestLine", { value: formatBytes(request) })}</span>
    </div>
  );
}

/** Everything the two charts say, in the reader's language and zone. */
function useUsageWords(container: ContainerView, view: UsageView, axis: TimeAxis) {
  const t = useTranslations("job.usage");
  const { timeZone } = usePlace();
  const { name, limits } = container;
  const clock = (ms: number) => localTime(ms, timeZone);
  const usage = container.usage.state === "known" ? container.usage.value : null;
  const share = usage?.cfs == null || usage.cfs.periods === 0 ? null : usage.cfs.throttledPeriods / usage.cfs.periods;
  const samples = view.stops.length;
  const of = (limit: number | null, format: (amount: number) => string) => (limit === null ? t("noLimit") : format(limit));
  const read = (ms: number, say: (ms: number) => string | null) =>
    t("readAt", { at: formatTPlus(ms - axis.zeroMs), clock: clock(ms), what: say(ms) ?? t("notMeasured") });
  return {
    cpuLabel: t("cpuLabel", {
      name,
      samples,
      peak: view.cpuPeak === null ? t("notMeasured") : formatCpu(view.cpuPeak),
      limit: of(limits.cpuMillicores, formatCpu),
      throttled: share === null ? t(isUnread(usage) ? "unreadThrottling" : "noQuota") : t("throttled", { share: formatShare(share) }),
    }),
    memoryLabel: t("memoryLabel", {
      name,
      samples,
      peak: usage?.peak == null ? t("notMeasured") : formatBytes(usage.peak.bytes),
      limit: of(limits.memoryBytes, formatBytes),
      kills: view.marks.length,
    }),
    limit: (value: number | null, format: (amount: number) => string) =>
      value === null ? null : { value, word: t("limitLine", { value: format(value) }) },
    request: (value: number | null, format: (amount: number) => string) =>
      value === null ? null : { value, word: t("requestLine", { value: format(value) }) },
    gap: ({ why, fromMs }: UsageView["gaps"][number]) => t(`gap.${why}`, { at: clock(fromMs) }),
    mark: ({ ms, nested }: UsageView["marks"][number]) => t(nested ? "nestedOom" : "oom", { at: clock(ms) }),
    readCpu: (ms: number) =>
      read(ms, () => {
        const point = pointAt(view.cpuPoints, ms);
        if (point === null || point.value === null || isMissing(view, ms)) return null;
        const value = formatCpu(point.value);
        return point.throttledShare === null ? value : t("valueThrottled", { value, share: formatShare(point.throttledShare) });
      }),
    readMemory: (ms: number) =>
      read(ms, () => {
        const point = pointAt(view.memoryPoints, ms, LONGEST_STEP_MS / 6);
        return point === null || point.value === null || isMissing(view, ms) ? null : formatBytes(point.value);
      }),
  };
}

/** Nothing is known about throttling: no quota is something else. */
function isUnread(usage: ContainerUsage | null): boolean {
  return usage === null || usage.unmeasured.includes("throttling");
}

/** A time between two samples that lie too far apart: the line is not drawn there, so no figure is read there. */
function isMissing(view: UsageView, ms: number): boolean {
  return view.gaps.some((gap) => gap.why === "missing" && ms > gap.fromMs && ms < gap.toMs);
}
