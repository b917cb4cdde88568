"use client";

import { useTranslations } from "next-intl";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { JobPhase, JobRow } from "@/lib/fleet/schema.ts";
import { prepareStages } from "./prepare-stages.ts";

interface StageBarProps {
  bar: JobRow["bar"];
  phase: JobPhase;
  /** Milliseconds since the epoch, corrected to the server's clock. */
  now: number;
  deletedAt: string | null;
}

/** The job's life so far as shares of its length; what nobody saw is hatched. The lengths are in its label. */
export function StageBar({ bar, phase, now, deletedAt }: StageBarProps) {
  const t = useTranslations("jobs");
  const stages = prepareStages(bar, now, deletedAt);
  const label = stages.map((stage) => `${t(`phase.${stage.phase}`)} ${formatDurationMs(stage.ms)}`).join(", ");
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- drawn, not an image file
    <div className="stages" role="img" aria-label={label === "" ? t("stage.none", { phase: t(`phase.${phase}`) }) : label}>
      {stages.length === 0 ? <i data-st="unknown" style={{ flex: 1 }} /> : null}
      {stages.map((stage) => (
        <i key={stage.phase} data-st={stage.fill} style={{ flex: Math.max(stage.ms, 1) }} />
      ))}
    </div>
  );
}
