"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { VerdictChip } from "@/components/jobs/verdict-chip.tsx";
import { VERDICT_SHAPES } from "@/components/jobs/verdict-shape.ts";
import { Shape } from "@/components/ui/shape.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { Run } from "@/lib/fleet/runs/schema.ts";
import { jobPathOfKey } from "./job-path.ts";

/** Rows of the list below the bars. */
const LISTED = 6;

/** The other runs of this job: how long each took and how it ended, retries first, so that "always" is told from "this time". */
export function RunsCard({ runs, whole }: { runs: readonly Run[]; whole: boolean }) {
  const t = useTranslations("job.runs");
  const retries = runs.filter(({ retry }) => retry);
  const failed = runs.filter(({ verdict }) => VERDICT_SHAPES[verdict.kind].tone === "danger").length;
  return (
    <section className="card" aria-labelledby="h-runs">
      <div className="card-head">
        <h2 id="h-runs">
          {t("title")} <span className="count">{runs.length}</span>
        </h2>
        {runs.length === 0 ? null : <span className="end">{t("failed", { failed, count: runs.length })}</span>}
      </div>
      {runs.length === 0 ? (
        <p className="card-body sm muted">{t("none")}</p>
      ) : (
        <>
          <Bars runs={runs} />
          <RunList runs={[...retries, ...runs.filter(({ retry }) => !retry)].slice(0, Math.max(LISTED, retries.length))} />
        </>
      )}
      {whole ? null : <p className="card-foot xs">{t("notWhole")}</p>}
    </section>
  );
}

/** A bar a run, oldest left; the shape above it says how it ended where it did not end well. */
function Bars({ runs }: { runs: readonly Run[] }) {
  const t = useTranslations("job.runs");
  const c = useTranslations("jobs");
  const longest = Math.max(1, ...runs.map(({ tookMs }) => tookMs ?? 0));
  return (
    <ol className="runs" aria-label={t("bars")}>
      {runs.toReversed().map(({ key, at, tookMs, verdict }) => {
        const { shape, tone } = VERDICT_SHAPES[verdict.kind];
        const took = tookMs === null ? t("lives") : formatDurationMs(tookMs);
        const label = `${c(`verdict.${verdict.kind}`)}, ${took}`;
        return (
          <li key={key}>
            <Link href={jobPathOfKey(key)} aria-label={label} title={label} data-tone={tone} data-at={at}>
              {tone === "danger" ? <Shape name={shape} tone={tone} /> : null}
              <i style={{ height: `${Math.max(4, ((tookMs ?? longest) / longest) * 100)}%` }} />
            </Link>
          </li>
        );
      })}
    </ol>
  );
}

function RunList({ runs }: { runs: readonly Run[] }) {
  const t = useTranslations("job.runs");
  return (
    <ul className="run-list">
      {runs.map(({ key, gitlabId, at, tookMs, verdict, retry }) => (
        <li key={key}>
          <Link className="link" href={jobPathOfKey(key)}>
            {gitlabId === null ? t("run") : `#${gitlabId}`}
          </Link>
          {retry ? <span className="tag">{t("retry")}</span> : null}
          <VerdictChip verdict={verdict} quiet />
          <span className="end xs muted">
            <Clock at={at} /> · {tookMs === null ? t("lives") : formatDurationMs(tookMs)}
          </span>
        </li>
      ))}
    </ul>
  );
}
