"use client";

import { useTranslations } from "next-intl";
import { stageFill } from "@/components/jobs/prepare-stages.ts";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { Job } from "@/lib/fleet/schema.ts";
import type { UsualRow } from "./compare-usual.ts";
import { seenByOf } from "./prepare-seen-by.ts";
import type { WaterfallRow } from "./prepare-waterfall.ts";

interface PhaseRowProps {
  row: WaterfallRow;
  job: Job;
  /** undefined: there is no such column. null: nobody knows of this phase. */
  usual: UsualRow | null | undefined;
}

/** One phase: its number and name, its place on the axis, how long it took and usually takes, who saw it. */
export function PhaseRow({ row, job, usual }: PhaseRowProps) {
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
      <td className="num nowrap">
        {row.tookMs === null ? (
          <span className="faint">–</span>
        ) : (
          <span className={usual?.long === true ? "wait m" : undefined}>
            <Took row={row} />
            {usual?.long === true ? <span className="sr-only"> ({t("waterfall.unusuallyLong")})</span> : null}
          </span>
        )}
      </td>
      {usual === undefined ? null : (
        <td className="num usual nowrap" title={usual === null ? undefined : t("waterfall.usualOf", { runs: usual.runs })}>
          {usual === null ? <span className="faint">–</span> : formatDurationMs(usual.ms)}
        </td>
      )}
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
