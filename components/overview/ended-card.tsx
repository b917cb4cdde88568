"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { jobPathOfKey } from "@/components/jobs/detail/job-path.ts";
import { KnownText } from "@/components/jobs/known.tsx";
import { VerdictChip } from "@/components/jobs/verdict-chip.tsx";
import { Age } from "@/components/ui/time.tsx";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { JobRow, Overview } from "@/lib/fleet/schema.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { recentlyEnded } from "./prepare-figures.ts";

/** As many as stand below the phases. */
const MOST = 5;

/** Jobs whose pods went last; they stay readable for the keep time. */
export function EndedCard({ overview }: { overview: Overview }) {
  const t = useTranslations("now");
  const ended = recentlyEnded(useCollection("jobs").values(), MOST);
  return (
    <section className="card" aria-labelledby="h-ended">
      <div className="card-head">
        <h2 id="h-ended">
          {t("ended.title")} <span className="count">{overview.kept.jobs}</span>
        </h2>
        <span className="end">
          <Link className="link" href="/jobs?v=ended">
            {t("ended.all")}
          </Link>
        </span>
      </div>
      {ended.length === 0 ? (
        <p className="card-body sm muted">{t("ended.none")}</p>
      ) : (
        <table className="ended-table">
          <caption className="sr-only">{t("ended.caption")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("ended.verdict")}</th>
              <th scope="col">{t("ended.job")}</th>
              <th scope="col" className="num">
                {t("ended.when")}
              </th>
            </tr>
          </thead>
          <tbody>
            {ended.map((job) => (
              <EndedLine key={job.key} job={job} />
            ))}
          </tbody>
        </table>
      )}
      <p className="card-foot xs">
        {t.rich("ended.keep", {
          span: formatDurationMs(overview.kept.maxAgeMs),
          max: overview.kept.maxJobs,
          a: (text) => (
            <Link className="link underline" href="/history">
              {text}
            </Link>
          ),
        })}
      </p>
    </section>
  );
}

function EndedLine({ job }: { job: JobRow }) {
  const t = useTranslations("now");
  return (
    <tr>
      <td className="v">
        <span className="verdict-lines">
          <VerdictChip verdict={job.verdict} />
        </span>
      </td>
      <td className="fit">
        <Link className="l1 m trunc" href={jobPathOfKey(job.key)} prefetch={false}>
          {job.gitlab.name.state === "known" ? job.gitlab.name.value : job.pod}
        </Link>
        <span className="l2">
          <KnownText fact={job.gitlab.project}>{(project) => project}</KnownText>
        </span>
      </td>
      <td className="num nowrap sm muted">
        {job.deletedAt === null ? null : t.rich("ended.ago", { age: () => <Age since={job.deletedAt ?? ""} /> })}
      </td>
    </tr>
  );
}
