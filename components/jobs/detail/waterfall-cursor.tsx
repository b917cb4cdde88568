"use client";

import { useTranslations } from "next-intl";
import type { RefObject } from "react";
import { useChartCursor } from "@/components/charts/chart-cursor.tsx";
import { CursorBox } from "@/components/charts/cursor-box.tsx";
import type { TimeAxis } from "@/components/charts/prepare-axis.ts";
import { usePlace } from "@/components/ui/time-context.tsx";
import { localTime } from "@/lib/base/local-time.ts";
import { formatBytes, formatCpu, formatShare, formatTPlus } from "@/lib/base/units.ts";
import type { Job, JobSeries } from "@/lib/fleet/schema.ts";
import { prepareMoment } from "./prepare-moment.ts";

interface CursorProps {
  job: Job;
  series: readonly JobSeries[];
  axis: TimeAxis;
  now: number;
}

/** The line through all lanes, at the time that every chart of the page shows. Its place in the page takes the keys. */
export function WaterfallCursor({
  job,
  axis,
  now,
  stops,
  over,
}: CursorProps & { stops: readonly number[]; over: RefObject<HTMLDivElement | null> }) {
  const t = useTranslations("job.waterfall");
  const { timeZone } = usePlace();
  const read = (ms: number) => {
    const { phase } = prepareMoment(job, [], ms, now);
    const at = formatTPlus(ms - axis.zeroMs);
    const clock = localTime(ms, timeZone);
    return phase === null ? t("cursorNoPhase", { at, clock }) : t("cursor", { at, clock, phase: t(`phases.${phase}`) });
  };
  return <CursorBox className="wf-cursor" axis={axis} label={t("cursorLabel")} stops={stops} read={read} seeThrough={over} />;
}

/** What the containers used at the cursor's time, as words that are also spoken. */
export function CursorReadout({ job, series, axis, now }: CursorProps) {
  const t = useTranslations("job.waterfall");
  const { ms } = useChartCursor();
  const uses = ms === null ? [] : prepareMoment(job, series, ms, now).uses;
  return (
    <output className="wf-readout xs muted">
      {ms === null || uses.length === 0
        ? null
        : [
            formatTPlus(ms - axis.zeroMs),
            ...uses.map(({ name, cpuMillicores, throttledShare, memoryBytes }) =>
              t("use", {
                name,
                cpu: cpuMillicores === null ? "–" : formatCpu(cpuMillicores),
                memory: memoryBytes === null ? "–" : formatBytes(memoryBytes),
                throttled: throttledShare === null || throttledShare === 0 ? "none" : formatShare(throttledShare),
              }),
            ),
          ].join(" · ")}
    </output>
  );
}
