"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { VerdictChip } from "@/components/jobs/verdict-chip.tsx";
import { ButtonLink } from "@/components/ui/button.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Clock } from "@/components/ui/time.tsx";
import type { Job } from "@/lib/fleet/schema.ts";
import { jobPathOfKey } from "./job-path.ts";

export type FoundJob = Pick<Job, "key" | "pod" | "cluster" | "namespace" | "createdAt"> & {
  verdict: Pick<Job["verdict"], "kind" | "certainty">;
};

/** A GitLab job number that leads to no pod, or to several: the reader picks. */
export function FindJob({ id, valid, found }: { id: string; valid: boolean; found: readonly FoundJob[] }) {
  const t = useTranslations("job");
  if (found.length === 0) {
    return (
      <section className="card" aria-labelledby="h-find">
        <div className="empty wide">
          <Shape name="unknown" tone="unknown" />
          <h1 id="h-find">{t(valid ? "find.noneTitle" : "find.badTitle", { id })}</h1>
          <p>{t(valid ? "find.noneText" : "find.badText")}</p>
          <p className="row wrap center">
            <ButtonLink href="/jobs">{t("missing.back")}</ButtonLink>
            {valid ? <ButtonLink href={`/jobs?v=all&q=id:${id}`}>{t("missing.search")}</ButtonLink> : null}
          </p>
        </div>
      </section>
    );
  }
  return (
    <section className="card" aria-labelledby="h-find">
      <div className="card-head">
        <h1 id="h-find">{t("find.severalTitle", { count: found.length, id })}</h1>
      </div>
      <p className="card-body sm muted">{t("find.severalText")}</p>
      <ul className="found">
        {found.map((job) => (
          <li key={job.key}>
            <Link className="link mono" href={jobPathOfKey(job.key)}>
              {job.pod}
            </Link>
            <span className="xs faint">
              {job.cluster} / {job.namespace}
            </span>
            <VerdictChip verdict={job.verdict} />
            <span className="xs muted">
              {t("find.created")} <Clock at={job.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
