"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import type { ReactNode } from "react";
import { ManagerLink } from "@/components/managers/manager-link.tsx";
import { KnownText } from "@/components/jobs/known.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { valueOf } from "@/lib/base/known.ts";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { Job } from "@/lib/fleet/schema.ts";
import { CopyLink } from "./copy-link.tsx";
import { linkHost, pipelineUrl, safeUrl } from "./job-path.ts";

/** Which job this is, where it runs, since when; links only to addresses a browser may be sent to. */
export function JobHeader({ job, now, children }: { job: Job; now: number; children?: ReactNode }) {
  const t = useTranslations("job");
  const { gitlab } = job;
  const id = valueOf(gitlab.id);
  const url = valueOf(gitlab.url);
  const link = url === null ? null : safeUrl(url);
  return (
    <section className="jobhead">
      <div className="grow">
        <h1>
          {valueOf(gitlab.name) ?? t("noName")} {id === null ? null : <span className="count">#{id}</span>}
        </h1>
      </div>
      <div className="row">
        <CopyLink />
        {children}
        {link === null ? null : (
          <a className="btn" href={link} rel="noreferrer noopener" target="_blank" aria-label={t("gitlabLabel", { host: linkHost(link) })}>
            {linkHost(link)} <Icon name="external" />
          </a>
        )}
      </div>
      <Facts job={job} now={now} />
    </section>
  );
}

function Facts({ job, now }: { job: Job; now: number }) {
  const t = useTranslations("job");
  const { gitlab, runner } = job;
  const pipeline = valueOf(gitlab.pipeline);
  const runnerName = valueOf(runner.name) ?? valueOf(runner.shortToken);
  const endMs = job.deletedAt === null ? now : Date.parse(job.deletedAt);
  const took = formatDurationMs(Math.max(0, endMs - Date.parse(job.createdAt)));
  const start = () => <Clock at={job.createdAt} />;
  return (
    <ul className="facts">
      <li className="b strong">
        <KnownText fact={gitlab.project}>{(project) => project}</KnownText>
      </li>
      <li>
        <span className="mono">
          <KnownText fact={gitlab.ref}>{(ref) => ref}</KnownText>
          {gitlab.sha.state === "known" ? ` · ${gitlab.sha.value.slice(0, 8)}` : null}
        </span>
      </li>
      {pipeline === null ? null : <Pipeline id={pipeline} jobUrl={valueOf(gitlab.url)} />}
      {gitlab.stage.state === "known" ? <li>{t("stage", { name: gitlab.stage.value })}</li> : null}
      {gitlab.status.state === "known" ? <Status gitlab={gitlab} /> : null}
      {runnerName === null ? null : <li>{t("runner", { name: runnerName })}</li>}
      <li>
        {t("manager")} <ManagerLink cluster={job.cluster} manager={job.manager} full />
      </li>
      <li>{job.node === null ? <span className="faint">{t("notOnNode")}</span> : <Link href="/nodes">{job.node}</Link>}</li>
      <li>
        {job.deletedAt === null ? t.rich("running", { start }) : t.rich("span", { start, end: () => <Clock at={job.deletedAt ?? ""} /> })} ·{" "}
        {took}
      </li>
    </ul>
  );
}

function Pipeline({ id, jobUrl }: { id: string; jobUrl: string | null }) {
  const t = useTranslations("job");
  const href = jobUrl === null ? null : pipelineUrl(jobUrl, id);
  if (href === null) return <li>{t("pipeline", { id })}</li>;
  return (
    <li>
      <a href={href} rel="noreferrer noopener" target="_blank">
        {t("pipeline", { id })} <Icon name="external" />
      </a>
    </li>
  );
}

/** GitLab's own word, with its reason and the script's exit code where it tells them. */
function Status({ gitlab }: { gitlab: Job["gitlab"] }) {
  const t = useTranslations("job");
  const { status, failureReason, exitCode } = gitlab;
  const words = [
    valueOf(status),
    valueOf(failureReason),
    exitCode.state === "known" ? t("gitlabExit", { code: exitCode.value }) : null,
  ].filter((word) => word !== null);
  return <li>{t("gitlabStatus", { status: words.join(", ") })}</li>;
}
