"use client";

import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button.tsx";
import type { JobRow } from "@/lib/fleet/schema.ts";
import type { JobMatcher } from "./match-jobs.ts";
import { JOB_VIEWS, isInView, rankJob } from "./rank-jobs.ts";
import type { JobView } from "./rank-jobs.ts";

interface ListEmptyProps {
  jobs: ReadonlyMap<string, JobRow>;
  matcher: JobMatcher;
  view: JobView;
  now: number;
  filtered: boolean;
  /** Every source of pods is live: "none" is the truth. */
  sure: boolean;
  onView: (view: JobView) => void;
  onClear: () => void;
}

/** Nothing to show: why, and where there would be something. */
export function ListEmpty({ jobs, matcher, view, now, filtered, sure, onView, onClear }: ListEmptyProps) {
  const t = useTranslations("jobs");
  const elsewhere = JOB_VIEWS.filter((other) => other !== view)
    .map((other) => ({ other, count: countIn(jobs, matcher, other, now) }))
    .filter(({ count }) => count > 0);
  return (
    <div className="empty">
      <h2>{t(filtered ? "empty.filtered" : `empty.${view}`)}</h2>
      <p>
        {filtered ? null : t(`empty.${view}Text`)} {sure ? null : t("empty.unsure")}
      </p>
      <div className="row wrap list-empty-acts">
        {elsewhere.map(({ other, count }) => (
          <Button key={other} onClick={() => onView(other)}>
            {t("empty.elsewhere", { view: t(`view.${other}`), count })}
          </Button>
        ))}
        {filtered ? <Button onClick={onClear}>{t("filter.clear")}</Button> : null}
      </div>
    </div>
  );
}

function countIn(jobs: ReadonlyMap<string, JobRow>, matcher: JobMatcher, view: JobView, now: number): number {
  let count = 0;
  for (const job of jobs.values()) {
    const ranked = rankJob(job);
    if (isInView(ranked, view, now) && matcher.matches(ranked, now)) count += 1;
  }
  return count;
}

/** Shapes of what will stand here, without a figure. */
export function ListLoading() {
  const t = useTranslations("jobs");
  return (
    <div className="card-body stack" aria-busy="true">
      {[0, 1, 2, 3, 4].map((line) => (
        <div key={line} className="skel-line" aria-hidden="true">
          <span className="skel h" style={{ width: `${22 - line}%` }} />
          <span className="skel" style={{ width: `${64 - line * 6}%` }} />
        </div>
      ))}
      <p className="xs faint">{t("source.loading")}</p>
    </div>
  );
}
