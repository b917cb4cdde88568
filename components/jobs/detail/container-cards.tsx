"use client";

import { useTranslations } from "next-intl";
import { NoData } from "@/components/jobs/known.tsx";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { formatBytes, formatCpu } from "@/lib/base/units.ts";
import type { ContainerView, Job } from "@/lib/fleet/schema.ts";
import { ContainerState } from "./container-state.tsx";
import { orderContainers, prepareContainer, shortenDigest } from "./prepare-container.ts";
import type { ContainerCardView } from "./prepare-container.ts";

const MARKS = {
  running: { name: "live", tone: "running" },
  waiting: { name: "stale", tone: "waiting" },
  pull: { name: "image-pull-failed", tone: "danger" },
  done: { name: "stopped", tone: "faint" },
  oom: { name: "oom-killed", tone: "danger" },
  fail: { name: "script-failed", tone: "danger" },
  none: { name: "not-started", tone: "unknown" },
  unknown: { name: "unknown", tone: "unknown" },
} as const satisfies Record<ContainerCardView["mark"], unknown>;

/** A card a container: what it is for, how it is, what it may use. */
export function ContainerCards({ job, zeroMs, now }: { job: Job; zeroMs: number; now: number }) {
  const t = useTranslations("job");
  return (
    <>
      <ul className="ctr-cards">
        {orderContainers(job.containers).map((container) => (
          <li key={container.name}>
            <ContainerCard container={container} job={job} zeroMs={zeroMs} now={now} />
          </li>
        ))}
      </ul>
      <p className="xs faint cards-note">{t("containers.usedWhy")}</p>
    </>
  );
}

function ContainerCard({ container, job, zeroMs, now }: { container: ContainerView; job: Job; zeroMs: number; now: number }) {
  const t = useTranslations("job");
  const view = prepareContainer(container, job.verdict);
  const id = `ctr-${container.name}`;
  return (
    <article className={view.culprit ? "card ctr-card culprit" : "card ctr-card"} aria-labelledby={id}>
      <div className="card-head">
        <Shape {...MARKS[view.mark]} />
        <h2 id={id}>{container.name}</h2>
        {container.privileged ? <span className="tag">{t("containers.privileged")}</span> : null}
        <span className="end">{t(`containers.role.${container.role}`)}</span>
      </div>
      <ImageLine container={container} />
      <div className="st">
        <ContainerState container={container} view={view} zeroMs={zeroMs} now={now} />
      </div>
      <Amounts container={container} />
      <Extras container={container} />
    </article>
  );
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

/** Requests and limits as a small table. No limit is said as such; use is not collected. */
function Amounts({ container }: { container: ContainerView }) {
  const t = useTranslations("job");
  const { requests, limits } = container;
  const rows = [
    { name: "cpu", request: requests.cpuMillicores, limit: limits.cpuMillicores, format: formatCpu },
    { name: "memory", request: requests.memoryBytes, limit: limits.memoryBytes, format: formatBytes },
    { name: "disk", request: requests.ephemeralStorageBytes, limit: limits.ephemeralStorageBytes, format: formatBytes },
  ] as const;
  return (
    <table className="amounts">
      <caption className="sr-only">{t("containers.amounts", { name: container.name })}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="sr-only">{t("containers.resource")}</span>
          </th>
          {(["request", "limit", "used"] as const).map((name) => (
            <th key={name} scope="col" className="num">
              {t(`containers.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows
          .filter((row) => row.name !== "disk" || row.request !== null || row.limit !== null)
          .map(({ name, request, limit, format }) => (
            <tr key={name}>
              <th scope="row">{t(`containers.${name}`)}</th>
              <td className="num">{request === null ? <span className="faint">{t("containers.noRequest")}</span> : format(request)}</td>
              <td className="num">{limit === null ? <span className="faint">{t("containers.noLimit")}</span> : format(limit)}</td>
              <td className="num">
                <NoData reason="not-collected" />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Extras({ container }: { container: ContainerView }) {
  const t = useTranslations("job");
  const last = container.lastState;
  return (
    <dl className="kv ctr-extras">
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
    </dl>
  );
}
