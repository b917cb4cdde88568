"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import { jobPathOfKey } from "@/components/jobs/detail/job-path.ts";
import { KnownText } from "@/components/jobs/known.tsx";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { VerdictChip } from "@/components/jobs/verdict-chip.tsx";
import { Age } from "@/components/ui/time.tsx";
import { valueOf } from "@/lib/base/known.ts";
import { formatBytes, formatCpu } from "@/lib/base/units.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { ManagerLink } from "./manager-link.tsx";
import { costOf, findOrphans } from "./prepare-orphans.ts";

/** Job pods that run on although no live manager holds them: what they are, and what they cost until somebody deletes them. */
export function OrphanCard() {
  const t = useTranslations("managers");
  const orphans = findOrphans(useCollection("jobs").values());
  return (
    <section className="card" id="orphans" aria-labelledby="h-orphans">
      <div className="card-head wraps-s">
        <h2 id="h-orphans">
          {t("orphans.title")} <span className="count">{orphans.length}</span>
        </h2>
        {orphans.length === 0 ? null : (
          <span className="end">
            <Cost jobs={orphans} />
          </span>
        )}
      </div>
      {orphans.length === 0 ? (
        <p className="card-body sm muted">{t("orphans.none")}</p>
      ) : (
        <ScrollBox label={t("orphans.title")}>
          <table className="orphan-table">
            <caption className="sr-only">{t("orphans.title")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("orphans.job")}</th>
                <th scope="col">{t("orphans.verdict")}</th>
                <th scope="col">{t("orphans.manager")}</th>
                <th scope="col" className="num">
                  {t("orphans.age")}
                </th>
                <th scope="col" className="num">
                  {t("orphans.cost")}
                </th>
              </tr>
            </thead>
            <tbody>
              {orphans.map((job) => (
                <OrphanLine key={job.key} job={job} />
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}

function OrphanLine({ job }: { job: JobRow }) {
  const sentence = useSentence();
  const says = sentence(job.verdict.sentence);
  return (
    <tr>
      <th scope="row" className="rowhead">
        <Link className="l1 m link" href={jobPathOfKey(job.key)} prefetch={false}>
          {valueOf(job.gitlab.name) ?? job.pod}
        </Link>
        <span className="l2">
          <KnownText fact={job.gitlab.project}>{(project) => project}</KnownText> · {job.node ?? "–"}
        </span>
      </th>
      <td>
        <span className="row">
          <VerdictChip verdict={job.verdict} />
        </span>
        <span className="l2" title={says}>
          {says}
        </span>
      </td>
      <td className="xs">
        <ManagerLink cluster={job.cluster} manager={job.manager} />
      </td>
      <td className="num nowrap">
        <Age since={job.createdAt} />
      </td>
      <td className="num nowrap">
        <Cost jobs={[job]} />
      </td>
    </tr>
  );
}

function Cost({ jobs }: { jobs: readonly JobRow[] }) {
  const t = useTranslations("managers");
  const { cpuMillicores, memoryBytes } = costOf(jobs);
  return t("orphans.costWords", {
    cpu: cpuMillicores === null ? "–" : formatCpu(cpuMillicores),
    memory: memoryBytes === null ? "–" : formatBytes(memoryBytes),
  });
}
