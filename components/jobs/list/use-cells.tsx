"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Meter } from "@/components/ui/meter.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { usePlace } from "@/components/ui/time-context.tsx";
import { localMoment } from "@/lib/base/local-time.ts";
import { formatBytes, formatBytesIn, formatCpu, formatShare, formatShortDurationMs } from "@/lib/base/units.ts";
import type { UnknownReason } from "@/lib/base/known.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { useNow } from "@/lib/stream/client/use-live.tsx";
import { NoData } from "../known.tsx";
import { ageOfUse } from "./job-use.ts";

/** kubernetes-mixin's CPUThrottlingHigh: a quarter of the periods. */
const THROTTLED = 0.25;
/** From this share of the memory limit on the next rise may kill. */
const NEAR = 0.9;
/** A peak this near to the limit has met it: the kernel counts whole pages. */
const FULL = 0.995;
/** An age in a cell changes once a minute; a job that ended long ago says its end in the column Age. */
const STEP_MS = 10_000;

/** Use of the container that is throttled most, of its limit; hatched from a quarter of the periods on. */
export function CpuCell({ job }: { job: JobRow }) {
  const t = useTranslations("jobs");
  const { cpu } = job.use;
  const words = useUseWords(job);
  if (cpu.state === "unknown") return <NoUse reason={cpu.reason} job={job} />;
  const { container, used, limit, throttledShare, unthrottled, at } = cpu.value;
  const loud = throttledShare !== null && throttledShare >= THROTTLED;
  const age = words.age(at);
  const why = unthrottled ?? "no-quota";
  const share = throttledShare === null ? t(`use.unthrottled.${why}`) : formatShare(throttledShare);
  const title = t("use.cpuTitle", {
    container,
    used: words.used(used, formatCpu),
    limit: words.limit(limit, formatCpu),
    share,
    at: words.moment(at),
  });
  return (
    <>
      <Amount title={title} used={used} limit={limit} format={formatCpu} old={age !== null} first>
        {age === null || loud ? (
          <span
            className={loud ? "side-note thr" : "side-note"}
            title={throttledShare === null ? t(`use.unthrottledNote.${why}`) : undefined}
          >
            {loud ? <Shape name="throttled" tone="throttled" /> : null}
            {share}
          </span>
        ) : (
          <span className="side-note">{age}</span>
        )}
      </Amount>
      <Meter value={used ?? 0} max={used === null ? null : limit} label={title} valueText={title} hatched={loud} old={age !== null} />
    </>
  );
}

/** Working set of the container nearest to its limit, with its peak as a tick. */
export function MemoryCell({ job }: { job: JobRow }) {
  const t = useTranslations("jobs");
  const { memory } = job.use;
  const words = useUseWords(job);
  if (memory.state === "unknown") return <NoUse reason={memory.reason} job={job} />;
  const { container, used, limit, peak, at } = memory.value;
  const share = limit === null || limit <= 0 ? null : (peak ?? used ?? 0) / limit;
  const tone = share === null || share < NEAR ? "neutral" : share >= FULL ? "danger" : "waiting";
  const age = words.age(at);
  const title = t("use.memoryTitle", {
    container,
    used: words.used(used, formatBytes),
    limit: words.limit(limit, formatBytes),
    peak: words.used(peak, formatBytes),
    at: words.moment(at),
  });
  return (
    <>
      <Amount title={title} used={used} limit={limit} format={formatBytes} short={formatBytesIn} old={age !== null}>
        <span className={tone === "neutral" ? "side-note" : tone === "danger" ? "side-note bad" : "side-note wait"}>
          {peak === null ? age : t("use.peak", { value: limit === null ? formatBytes(peak) : formatBytesIn(peak, limit) })}
        </span>
      </Amount>
      <Meter
        value={used ?? 0}
        max={used === null ? null : limit}
        label={title}
        valueText={title}
        tone={tone}
        peak={peak}
        old={age !== null}
      />
    </>
  );
}

interface AmountProps {
  title: string;
  used: number | null;
  limit: number | null;
  format: (amount: number) => string;
  /** Writes what is used without the unit that the limit has. */
  short?: (amount: number, limit: number) => string;
  old: boolean;
  /** CPU: without a second sample there is no rate yet. */
  first?: boolean;
  children: ReactNode;
}

function Amount({ title, used, limit, format, short = format, old, first = false, children }: AmountProps) {
  const t = useTranslations("jobs");
  return (
    <div className="mval" title={title}>
      {used === null ? (
        <span className="nodata-t">{t(first ? "use.noRate" : "use.notMeasured")}</span>
      ) : (
        <span className={old ? "faint" : undefined}>{limit === null ? format(used) : short(used, limit)}</span>
      )}
      <span className="of">{limit === null ? t("noLimit") : `/ ${format(limit)}`}</span>
      {children}
    </div>
  );
}

/** Why there is no figure; a container that never started has nothing to measure. */
function NoUse({ reason, job }: { reason: UnknownReason; job: JobRow }) {
  const t = useTranslations("jobs");
  if (reason === "not-reached" && job.ending === "live") return <span className="faint">–</span>;
  return (
    <>
      <div className="mval">
        <NoData reason={reason} />
      </div>
      <div className="l2" title={t(`unknown.${reason}`)}>
        {t(`unknown.${reason}`)}
      </div>
    </>
  );
}

function useUseWords(job: JobRow) {
  const t = useTranslations("jobs");
  const place = usePlace();
  const now = Math.floor(useNow() / STEP_MS) * STEP_MS;
  return {
    used: (value: number | null, format: (amount: number) => string) => (value === null ? t("use.notMeasured") : format(value)),
    limit: (value: number | null, format: (amount: number) => string) => (value === null ? t("noLimit") : format(value)),
    moment: (at: string) => localMoment(Date.parse(at), place),
    age: (at: string) => {
      const age = ageOfUse(job, at, now);
      return age === null ? null : t(age.how === "last" ? "use.last" : "use.old", { age: formatShortDurationMs(age.ms) });
    },
  };
}
