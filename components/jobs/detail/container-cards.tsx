"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { ChartCursor } from "@/components/charts/chart-cursor.tsx";
import type { TimeAxis } from "@/components/charts/prepare-axis.ts";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { formatBytes, formatDurationMs } from "@/lib/base/units.ts";
import type { ContainerView, Job, JobEvent, JobSeries } from "@/lib/fleet/schema.ts";
import type { UsagePoint } from "@/lib/metrics/schema.ts";
import { MARK_SHAPES } from "../container-mark.ts";
import { ContainerAmounts } from "./container-amounts.tsx";
import { ContainerState } from "./container-state.tsx";
import { orderContainers, prepareContainer, shortenDigest } from "./prepare-container.ts";
import { explainExit } from "./prepare-exit.ts";
import { preparePulls, type ImagePull } from "./prepare-pulls.ts";
import { prepareUsageAxis } from "./prepare-usage.ts";
import { UsageCharts } from "./usage-charts.tsx";
import { UsageFacts } from "./usage-facts.tsx";

interface CardsProps {
  job: Job;
  events?: readonly JobEvent[];
  series: readonly JobSeries[];
  zeroMs: number;
  now: number;
}

/** A card a container: what it is for, how it is, what it may use and what it used. All charts share one axis and one cursor. */
export function ContainerCards({ job, events = NO_EVENTS, series, zeroMs, now }: CardsProps) {
  const t = useTranslations("job");
  const points = useMemo(() => new Map(series.map((one) => [one.key, one.points])), [series]);
  const axis = prepareUsageAxis(job, points, zeroMs, now);
  const pulls = preparePulls(events);
  const measured = job.containers.some((container) => container.usage.state === "known");
  return (
    <ChartCursor>
      <ul className="ctr-cards">
        {orderContainers(job.containers).map((container) => (
          <li key={container.name}>
            <ContainerCard
              {...{ container, job, zeroMs, now, axis }}
              pull={pulls.find((pull) => pull.container === container.name) ?? null}
              points={points.get(container.name) ?? NO_POINTS}
            />
          </li>
        ))}
      </ul>
      {measured ? <p className="xs faint cards-note">{t("usage.note")}</p> : null}
    </ChartCursor>
  );
}

const NO_POINTS: readonly UsagePoint[] = [];
const NO_EVENTS: readonly JobEvent[] = [];

interface CardProps {
  container: ContainerView;
  pull: ImagePull | null;
  points: readonly UsagePoint[];
  job: Job;
  axis: TimeAxis | null;
  zeroMs: number;
  now: number;
}

function ContainerCard({ container, pull, points, job, axis, zeroMs, now }: CardProps) {
  const t = useTranslations("job");
  const view = prepareContainer(container, job.verdict);
  const id = `ctr-${container.name}`;
  return (
    <article className={view.culprit ? "card ctr-card culprit" : "card ctr-card"} aria-labelledby={id}>
      <div className="card-head">
        <Shape {...MARK_SHAPES[view.mark]} />
        <h2 id={id}>{container.name}</h2>
        {container.privileged ? <span className="tag">{t("containers.privileged")}</span> : null}
        <span className="end">{t(`containers.role.${container.role}`)}</span>
      </div>
      <ImageLine container={container} />
      <div className="st">
        <p className="xs muted role-line">{t(`containers.roleLine.${container.role}`)}</p>
        <ContainerState container={container} view={view} zeroMs={zeroMs} now={now} />
        <ScriptExit container={container} job={job} />
      </div>
      {points.length === 0 || axis === null ? null : <UsageCharts {...{ container, points, job, axis, now }} />}
      <ContainerAmounts container={container} />
      <dl className="kv ctr-extras">
        <UsageFacts container={container} zeroMs={zeroMs} series={points.length > 0} />
        <Extras container={container} pull={pull} qos={job.qosClass} />
      </dl>
    </article>
  );
}

function PullWords({ pull: { status, tookMs, sizeBytes } }: { pull: ImagePull }) {
  const t = useTranslations("job.containers");
  if (status === "present") return t("pullPresent");
  if (status === "failed") return <span className="bad">{t("pullFailed")}</span>;
  if (status === "pulling") return t("pulling");
  const took = tookMs === null ? "–" : formatDurationMs(tookMs);
  return sizeBytes === null ? took : t("pulled", { took, size: formatBytes(sizeBytes) });
}

function ImageLine({ container }: { container: ContainerView }) {
  const t = useTranslations("job");
  const { image, imageDigest } = container;
  return (
    <div className="img-line">
      <p className="img" title={imageDigest === null ? image : `${image}\n${imageDigest}`}>
        <span className="sr-only">{t("containers.image")}: </span>
        <span className="trunc">{image.split("@")[0]}</span>
        {imageDigest === null ? null : <span className="digest">@{shortenDigest(imageDigest)}</span>}
      </p>
      <CopyButton
        text={imageDigest === null || image.includes("@") ? image : `${image}@${imageDigest}`}
        label={t("containers.copyImage")}
        iconOnly
      />
    </div>
  );
}

/** How the script itself ended, as GitLab told it: the container's own exit says nothing about it. */
function ScriptExit({ container, job }: { container: ContainerView; job: Job }) {
  const t = useTranslations("job");
  const { exitCode } = job.gitlab;
  if (container.role !== "build" || exitCode.state === "unknown") return null;
  const counted = container.usage.state === "known" && (container.usage.value.oom?.events ?? 0) > 0;
  const state = container.state.state === "known" ? container.state.value : null;
  const killed = counted || (state?.kind === "terminated" && state.reason === "OOMKilled");
  const meaning = explainExit(exitCode.value, { reason: killed ? "OOMKilled" : null, afterDeletion: false });
  return (
    <p>
      {t("exit.script", { code: exitCode.value })} {meaning === null ? null : t(`exit.${meaning.say}`, { signal: meaning.signal ?? 0 })}
    </p>
  );
}

function Extras({ container, pull, qos }: { container: ContainerView; pull: ImagePull | null; qos: string | null }) {
  const t = useTranslations("job");
  const last = container.lastState;
  return (
    <>
      {pull === null ? null : (
        <>
          <dt>{t("containers.pull")}</dt>
          <dd>
            <PullWords pull={pull} />
          </dd>
        </>
      )}
      {qos === null ? null : (
        <>
          <dt>{t("pod.qos")}</dt>
          <dd title={t("containers.qosNote")}>{qos}</dd>
        </>
      )}
      <dt>{t("containers.restarts")}</dt>
      <dd className={container.restarts > 0 ? "wait" : undefined}>{container.restarts}</dd>
      {last?.kind === "terminated" ? (
        <>
          <dt>{t("containers.lastState")}</dt>
          <dd>{t("containers.lastStateText", { code: last.exitCode, reason: last.reason ?? "–" })}</dd>
        </>
      ) : null}
      {container.aliases.length > 0 ? (
        <>
          <dt>{t("containers.aliases")}</dt>
          <dd title={t("containers.aliasesNote")}>
            {container.aliases.map((alias) => (
              <code key={alias}>{alias}</code>
            ))}
          </dd>
        </>
      ) : null}
    </>
  );
}
