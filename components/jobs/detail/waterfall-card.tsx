"use client";

import { useTranslations } from "next-intl";
import { useRef } from "react";
import { useCursorPointer } from "@/components/charts/cursor-box.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatDurationMs, formatTPlus } from "@/lib/base/units.ts";
import type { UsualPhase } from "@/lib/fleet/runs/schema.ts";
import { stageFill } from "@/components/jobs/prepare-stages.ts";
import type { Job, JobEvent, JobSeries, PhaseName } from "@/lib/fleet/schema.ts";
import { compareUsual, type ComparedPhases } from "./compare-usual.ts";
import { momentsOf } from "./prepare-moment.ts";
import { preparePulls, type ImagePull } from "./prepare-pulls.ts";
import type { Waterfall } from "./prepare-waterfall.ts";
import { CursorReadout, WaterfallCursor } from "./waterfall-cursor.tsx";
import { InnerRow, PresentImages, PullRow, type InnerStretch } from "./waterfall-pulls.tsx";
import { PhaseRow } from "./waterfall-row.tsx";

interface WaterfallCardProps {
  job: Job;
  events: readonly JobEvent[];
  series: readonly JobSeries[];
  usual: readonly UsualPhase[];
  waterfall: Waterfall;
  now: number;
}

/** The eight phases on one axis of time since T+0, beside what they usually take; what nobody saw is hatched, with why. */
export function WaterfallCard({ job, events, series, usual, waterfall, now }: WaterfallCardProps) {
  const t = useTranslations("job.waterfall");
  const over = useRef<HTMLDivElement>(null);
  const { zeroMs, spanMs, kills } = waterfall;
  const axis = { fromMs: zeroMs, toMs: zeroMs + spanMs, zeroMs, ticks: [] };
  const pointer = useCursorPointer(over, axis);
  const compared = usual.length === 0 ? null : compareUsual(waterfall.rows, usual);
  const pulls = preparePulls(events);
  const stops = momentsOf(job, [...pulls.flatMap(({ startMs, endMs }) => [startMs, endMs]), ...kills.map(({ ms }) => zeroMs + ms)]);
  const unseen = waterfall.rows.filter((row) => row.bar?.hatched === true).length > 1;
  return (
    <section className="card" aria-labelledby="h-waterfall">
      <Head waterfall={waterfall} />
      <div className={kills.length > 0 ? "card-body wf-body with-kill" : "card-body wf-body"}>
        <div className={compared === null ? "wf-box" : "wf-box with-usual"} {...pointer}>
          <Phases {...{ job, waterfall, pulls, compared }} />
          <WaterfallCursor {...{ job, series, axis, now, over }} stops={stops.filter((ms) => ms >= axis.fromMs && ms <= axis.toMs)} />
          <Kills kills={kills} />
        </div>
      </div>
      <CursorReadout {...{ job, series, axis, now }} />
      {compared?.worst == null ? null : (
        <p className="card-foot sm wf-long">
          {t("long", {
            phase: t(`phases.${compared.worst.phase}`),
            took: formatDurationMs(compared.worst.tookMs),
            usual: formatDurationMs(compared.worst.usualMs),
            runs: compared.worst.runs,
          })}
        </p>
      )}
      {unseen ? <p className="card-foot xs">{t("executingNote")}</p> : null}
    </section>
  );
}

function Head({ waterfall: { zero, zeroMs, spanMs } }: { waterfall: Waterfall }) {
  const t = useTranslations("job.waterfall");
  return (
    <div className="card-head wraps-s">
      <h2 id="h-waterfall">
        {t(zero === "job-created" ? "titleQueued" : "title")} <span className="count">{formatDurationMs(spanMs)}</span>
      </h2>
      <span className="end">
        {t.rich(zero === "job-created" ? "zeroJob" : "zeroPod", { at: () => <Clock at={new Date(zeroMs).toISOString()} /> })}
      </span>
    </div>
  );
}

interface PhasesProps {
  job: Job;
  waterfall: Waterfall;
  pulls: readonly ImagePull[];
  compared: ComparedPhases | null;
}

function Phases({ job, waterfall, pulls, compared }: PhasesProps) {
  const t = useTranslations("job.waterfall");
  const shown = pulls.filter((pull) => pull.status !== "present");
  const present = pulls.filter((pull) => pull.status === "present");
  const usual = compared !== null;
  const inner = useInner(job);
  return (
    <table className="wf-table">
      <caption className="sr-only">{t("title")}</caption>
      <thead>
        <Axis waterfall={waterfall} usual={usual} />
      </thead>
      <tbody>
        {waterfall.rows.map((row) => [
          <PhaseRow
            key={row.phase}
            row={row}
            job={job}
            usual={compared === null ? undefined : (compared.byPhase.get(row.phase) ?? null)}
          />,
          ...(row.phase === "starting"
            ? shown.map((pull) => <PullRow key={pull.key} pull={pull} waterfall={waterfall} usual={usual} />)
            : []),
          ...inner
            .filter(({ phase }) => phase === row.phase)
            .map(({ phase: _phase, ...stretch }) => (
              <InnerRow key={stretch.key} stretch={stretch} waterfall={waterfall} usual={usual} live={job.deletedAt === null} />
            )),
          row.phase === "starting" && present.length > 0 ? (
            <PresentImages key="present" images={present.map((pull) => pull.image)} usual={usual} />
          ) : null,
        ])}
      </tbody>
    </table>
  );
}

/** What is known inside the phases: the runner's stages, and dockerd until it listens. */
function useInner(job: Job): (InnerStretch & { phase: PhaseName })[] {
  const t = useTranslations("job.waterfall");
  const stages = job.stages.map(({ stage, phase, from, startAt, endAt }, index) => ({
    key: `${index} ${stage}`,
    phase,
    words: stage,
    startMs: Date.parse(startAt),
    endMs: endAt === null ? null : Date.parse(endAt),
    fill: stageFill(phase),
    by: t(`stageBy.${from}`),
  }));
  const server = job.containers.find(({ role }) => role === "dind");
  const state = server?.state.state === "known" ? server.state.value : null;
  const started = state === null || state.kind === "waiting" ? null : state.startedAt;
  const listening = job.docker?.listeningAt ?? null;
  if (started === null || listening === null) return stages;
  const dockerd = { startMs: Date.parse(started), endMs: Math.max(Date.parse(started), Date.parse(listening)), fill: "pod" };
  return [...stages, { ...dockerd, key: "dockerd", phase: "starting", words: t("dockerd"), by: t("stageBy.containers") }];
}

function Kills({ kills }: Pick<Waterfall, "kills">) {
  const t = useTranslations("job.waterfall");
  return (
    <div className="wf-over" aria-hidden="true">
      {kills.map(({ container, ms, share }) => (
        <div key={`${container} ${ms}`} className={share > 0.5 ? "mark low flip" : "mark low"} style={{ left: `${share * 100}%` }}>
          <span>
            <Shape name="oom-killed" tone="danger" />
            {container === null ? t("killNoName", { at: formatTPlus(ms) }) : t("kill", { container, at: formatTPlus(ms) })}
          </span>
        </div>
      ))}
    </div>
  );
}

function Axis({ waterfall, usual }: { waterfall: Waterfall; usual: boolean }) {
  const t = useTranslations("job.waterfall");
  return (
    <tr>
      <th scope="col">{t("phase")}</th>
      <th scope="col" className="lane">
        <span className="sr-only">{t("lane")}</span>
        <span className="ticks" aria-hidden="true">
          {waterfall.ticks.map((tick) => (
            <span
              key={tick.ms}
              data-edge={tick.ms === 0 ? "first" : tick.share > 0.94 ? "last" : undefined}
              style={{ left: `${tick.share * 100}%` }}
            >
              {tick.ms === 0 ? "T+0" : formatTPlus(tick.ms)}
            </span>
          ))}
        </span>
      </th>
      <th scope="col" className="num">
        {t("took")}
      </th>
      {usual ? (
        <th scope="col" className="num usual" title={t("usualNote")}>
          {t("usual")}
        </th>
      ) : null}
      <th scope="col" className="by">
        {t("by")}
      </th>
    </tr>
  );
}
