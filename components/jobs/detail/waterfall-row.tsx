"use client";

import { useTranslations } from "next-intl";
import { stageFill } from "@/components/jobs/prepare-stages.ts";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { Job } from "@/lib/fleet/schema.ts";
import { seenByOf } from "./prepare-seen-by.ts";
import type { WaterfallRow } from "./prepare-waterfall.ts";

/** One phase: its number and name, its place on the axis, how long it took, who saw it. */
export function PhaseRow({ row, job }: { row: WaterfallRow; job: Job }) {
  const t = useTranslations("job");
  const u = useTranslations("jobs");
  const why = row.reason === null ? null : u(`unknown.${row.reason}`);
  return (
    <tr data-status={row.status}>
      <th scope="row">
        <span className="no">{row.number}</span> {t(`waterfall.phases.${row.phase}`)}
      </th>
      <td className="lane">
        {row.bar === null ? null : (
          <i
            className={row.bar.hatched ? "bar unseen" : "bar"}
            data-st={stageFill(row.phase)}
            style={{ left: `${row.bar.left * 100}%`, width: `${row.bar.width * 100}%` }}
            title={row.bar.hatched ? `${t("waterfall.unseen")}: ${why ?? ""}` : undefined}
          />
        )}
        <LaneText row={row} why={why} gone={job.deletedAt !== null} />
      </td>
      <td className="num nowrap">{row.tookMs === null ? <span className="faint">–</span> : <Took row={row} />}</td>
      <td className="by" title={row.seenBy.join("\n")}>
        <SeenBy sources={row.seenBy} />
      </td>
    </tr>
  );
}

function Took({ row }: { row: WaterfallRow }) {
  const t = useTranslations("job");
  const took = formatDurationMs(row.tookMs ?? 0);
  return row.status === "current" ? t("waterfall.soFar", { took }) : took;
}

/** Words in the lane where there is no bar to read, or beside one that was not seen. */
function LaneText({ row, why, gone }: { row: WaterfallRow; why: string | null; gone: boolean }) {
  const t = useTranslations("job");
  if (row.status === "pending") return <span className="lane-text faint">{t(gone ? "waterfall.ended" : "waterfall.notYet")}</span>;
  if (row.bar === null) {
    return (
      <span className="lane-text">
        <i className="stub unseen" aria-hidden="true" /> {t("waterfall.unseen")}
        {why === null ? null : `: ${why}`}
      </span>
    );
  }
  if (!row.bar.hatched) return null;
  return (
    <span className="lane-text boxed" style={{ left: `${row.bar.left * 100}%` }}>
      {t("waterfall.unseen")}
      {why === null ? null : `: ${why}`}
    </span>
  );
}

function SeenBy({ sources }: { sources: readonly string[] }) {
  const t = useTranslations("job");
  const words = [...new Set(sources.map((source) => t(`seenBy.${seenByOf(source)}`, { source })))];
  return words.length === 0 ? "–" : words.join(", ");
}
