"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { NoData } from "@/components/jobs/known.tsx";
import { Meter } from "@/components/ui/meter.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { Known } from "@/lib/base/known.ts";
import { formatBytes, formatBytesIn, formatCpu, formatDurationMs, formatShare } from "@/lib/base/units.ts";
import type { Manager } from "@/lib/fleet/schema.ts";
import { limitOf, otherConcurrent, requestConcurrencyOf, type Bound } from "./prepare-config.ts";
import { POLL_CLASSES, type PollSummary } from "./prepare-manager.ts";
import { countStages, type SlotRow } from "./prepare-slots.ts";

/** What GitLab answered to its polls. A full manager does not poll: no answer is no fault then. */
export function PollSection({ manager, polls }: { manager: Manager; polls: PollSummary | null }) {
  const t = useTranslations("managers");
  if (polls === null) {
    return (
      <div className="msec">
        <div className="t">
          <h3>{t("polls.title")}</h3>
          <span className="end">
            <NoData reason={manager.port === null ? "not-connected" : "not-seen"} />
          </span>
        </div>
      </div>
    );
  }
  const span = formatDurationMs(Math.max(0, Date.parse(polls.at) - Date.parse(polls.since)));
  return (
    <div className="msec">
      <div className="t">
        <h3>{t("polls.title")}</h3>
        <span className="muted">
          {polls.lastAnswerAt === null ? t("polls.never") : t.rich("polls.last", { age: () => <Age since={polls.lastAnswerAt ?? ""} /> })}
        </span>
        <span className="end">{t("polls.over", { span })}</span>
      </div>
      <div className="pollbar" aria-hidden="true">
        {POLL_CLASSES.filter((name) => polls.counts[name] > 0).map((name) => (
          <i key={name} data-s={name} style={{ flex: polls.counts[name] }} />
        ))}
      </div>
      <ul className="legend">
        {POLL_CLASSES.filter((name) => name !== "other" || polls.counts.other > 0).map((name) => (
          <li key={name}>
            <i className="sw" data-s={name} aria-hidden="true" />
            {t(`polls.status.${name}`)} <b>{polls.counts[name]}</b>
          </li>
        ))}
      </ul>
      <p className="xs faint">
        {polls.lastSuccessAt === null
          ? t("polls.noSuccess")
          : t.rich("polls.success", { age: () => <Age since={polls.lastSuccessAt ?? ""} /> })}
        {polls.lastJobAt === null ? null : <> · {t.rich("polls.job", { age: () => <Age since={polls.lastJobAt ?? ""} /> })}</>}
      </p>
    </div>
  );
}

export function StageSection({ row }: { row: SlotRow }) {
  const t = useTranslations("managers");
  const counts = countStages([row]);
  const { jobs, pod } = row.manager;
  return (
    <div className="msec">
      <div className="t">
        <h3>{t("stages.title")}</h3>
        <span className="end">
          {jobs.state === "unknown" ? (
            <NoData reason={jobs.reason} />
          ) : (
            <Link className="link" href={`/jobs?v=all&q=${encodeURIComponent(`manager:${pod}`)}`}>
              {t("stages.jobs", { count: jobs.value.length })}
            </Link>
          )}
        </span>
      </div>
      {counts.length === 0 ? (
        jobs.state === "unknown" ? null : (
          <p className="sm muted">{t("stages.none")}</p>
        )
      ) : (
        <>
          <div className="stages tall" aria-hidden="true">
            {counts.map(({ stage, count }) => (
              <i key={stage} data-st={stage} style={{ flex: count }} />
            ))}
          </div>
          <ul className="legend">
            {counts.map(({ stage, count }) => (
              <li key={stage}>
                <i className="sw" data-st={stage} aria-hidden="true" />
                {t(`stage.${stage}`)} <b>{count}</b>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** What bounds it: `limit` and the request concurrency of each of its runners. */
export function LimitSection({ manager }: { manager: Manager }) {
  const t = useTranslations("managers");
  const { slots, runners } = manager;
  const several = runners.length > 1;
  const concurrent = otherConcurrent(manager);
  return (
    <div className="msec">
      <dl className="kv">
        <dt>{t("limits.bound")}</dt>
        <dd>
          <KnownNumber fact={slots.total} />
          {slots.boundBy === null ? null : <span className="faint"> · {t(`limits.boundBy.${slots.boundBy}`)}</span>}
          {concurrent === null ? null : <span className="wait"> · {t("limits.otherwise", { value: concurrent })}</span>}
        </dd>
        {runners.map((runner) => (
          <div key={runner.shortToken} className="contents">
            <dt>
              <code>limit</code>
              {several ? <span className="faint"> {runner.name ?? runner.shortToken}</span> : null}
            </dt>
            <dd>
              <KnownNumber fact={runner.used} />{" "}
              {t("limits.of", { limit: runner.limit === null ? t("limits.none") : String(runner.limit) })}
              <From bound={limitOf(manager, runner)} />
            </dd>
            <dt>
              <code>request_concurrency</code>
            </dt>
            <dd>
              <Concurrency facts={runner.requestConcurrency} bound={requestConcurrencyOf(manager, runner)} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function KnownNumber({ fact }: { fact: Known<number> }) {
  return fact.state === "known" ? fact.value : <NoData reason={fact.reason} />;
}

type ConcurrencyFacts = Manager["runners"][number]["requestConcurrency"];

/** Requests under way of those allowed now; the adaptive limit may be below what is configured. */
function Concurrency({ facts, bound }: { facts: ConcurrencyFacts; bound: Bound | null }) {
  const t = useTranslations("managers");
  const { inFlight, usedLimit, hardLimit, adaptiveLimit, exceededTotal } = facts;
  const limit = usedLimit ?? adaptiveLimit ?? bound?.value ?? null;
  if (limit === null) return <NoData reason="not-set" />;
  return (
    <>
      {inFlight === null ? t("limits.upTo", { limit }) : t("limits.inFlight", { count: inFlight, limit })}
      {adaptiveLimit === null ? null : (
        <span className="faint">
          {" "}
          · {t(hardLimit !== null && limit < hardLimit ? "limits.backedOff" : "limits.adaptive", { hard: hardLimit ?? 0 })}
        </span>
      )}
      {exceededTotal === null || exceededTotal === 0 ? null : (
        <span className="wait"> · {t("limits.exceeded", { count: exceededTotal })}</span>
      )}
      <From bound={bound} />
    </>
  );
}

/** Where a bound is known from, and what the ConfigMap says where that is something else. */
function From({ bound }: { bound: Bound | null }) {
  const t = useTranslations("managers");
  if (bound === null) return null;
  const { from, otherwise } = bound;
  return (
    <>
      <span className="faint"> · {t(`limits.from.${from}`)}</span>
      {otherwise === undefined ? null : (
        <span className="wait"> · {t("limits.otherwise", { value: otherwise === null ? t("limits.none") : String(otherwise) })}</span>
      )}
    </>
  );
}

/** Of the manager's own container. */
export function HealthSection({ manager }: { manager: Manager }) {
  const t = useTranslations("managers");
  const { use, restarts, lastTermination: last, node } = manager;
  const cpu = use.cpu.state === "known" ? use.cpu.value : null;
  const memory = use.memory.state === "known" ? use.memory.value : null;
  return (
    <div className="msec health">
      <Use
        word={t("health.cpu")}
        value={cpu?.millicores ?? null}
        limit={cpu?.limitMillicores ?? null}
        format={formatCpu}
        reason={use.cpu.state === "unknown" ? use.cpu.reason : "not-sampled"}
      />
      <Use
        word={t("health.memory")}
        value={memory?.bytes ?? null}
        limit={memory?.limitBytes ?? null}
        format={formatBytes}
        part={formatBytesIn}
        reason={use.memory.state === "unknown" ? use.memory.reason : "not-sampled"}
      />
      <p className="xs muted">
        <span className={restarts > 0 ? "wait" : undefined}>{t("health.restarts", { count: restarts })}</span>
        {last?.kind === "terminated"
          ? ` · ${last.reason === null ? t("health.lastEndCode", { code: last.exitCode }) : t("health.lastEnd", { reason: last.reason, code: last.exitCode })}`
          : null}
        {cpu === null || cpu.throttledShare === null || cpu.throttledShare === 0 ? null : (
          <span className="thr"> · {t("health.throttled", { share: formatShare(cpu.throttledShare) })}</span>
        )}
      </p>
      <p className="xs muted right">{node === null ? "–" : <Link href="/nodes">{node}</Link>}</p>
    </div>
  );
}

interface UseProps {
  word: string;
  value: number | null;
  limit: number | null;
  format: (amount: number) => string;
  /** Writes the value in the limit's unit. */
  part?: (amount: number, whole: number) => string;
  reason: Extract<Known<never>, { state: "unknown" }>["reason"];
}

function Use({ word, value, limit, format, part, reason }: UseProps) {
  const t = useTranslations("managers");
  if (value === null) {
    return (
      <div>
        <div className="mval">
          <NoData reason={reason} />
          <span className="side-note">{word}</span>
        </div>
      </div>
    );
  }
  const said = limit === null || part === undefined ? format(value) : part(value, limit);
  const of = limit === null ? t("health.noLimit") : `/ ${format(limit)}`;
  return (
    <div>
      <div className="mval">
        <span>{said}</span> <span className="of">{of}</span>
        <span className="side-note">{word}</span>
      </div>
      <Meter
        value={value}
        max={limit}
        label={word}
        valueText={`${said} ${of}`}
        tone={limit !== null && value >= limit ? "danger" : limit !== null && value >= 0.9 * limit ? "waiting" : "neutral"}
      />
    </div>
  );
}
