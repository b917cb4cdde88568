"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import { TimeTicks } from "@/components/charts/time-chart.tsx";
import { jobPathOfKey } from "@/components/jobs/detail/job-path.ts";
import { NoData } from "@/components/jobs/known.tsx";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { ButtonLink } from "@/components/ui/button.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { usePlace } from "@/components/ui/time-context.tsx";
import { Clock } from "@/components/ui/time.tsx";
import type { Known } from "@/lib/base/known.ts";
import { localTime } from "@/lib/base/local-time.ts";
import type { LastHour } from "@/lib/fleet/schema.ts";
import { useNow } from "@/lib/stream/client/use-live.tsx";
import { prepareLastHour } from "./prepare-last-hour.ts";
import type { HourMark, HourView } from "./prepare-last-hour.ts";

const SHAPES = {
  "oom-kill": { name: "oom-killed", tone: "danger" },
  "cpu-throttling": { name: "throttled", tone: "throttled" },
} as const;
/** The axis moves once a minute. */
const STEP_MS = 60_000;

/** What was killed for memory or throttled within the last hour, and the worst of it with a way to its job. */
export function LastHourCard({ hour }: { hour: LastHour }) {
  const t = useTranslations("now.hour");
  const now = Math.ceil(useNow() / STEP_MS) * STEP_MS;
  const view = prepareLastHour(hour, now);
  return (
    <section className="card c8" aria-labelledby="h-hour">
      <div className="card-head wraps-s">
        <h2 id="h-hour">{t("title")}</h2>
        <span className="end">
          {t.rich("since", { at: () => <Clock at={hour.since} /> })}
          {hour.partial ? <span className="wait"> · {t("partial")}</span> : null}
        </span>
      </div>
      <div className="card-body">
        <Worst worst={hour.worst} quiet={view.quiet} partial={hour.partial} />
        <Lanes hour={hour} view={view} />
      </div>
      {hour.marks.length === 0 ? null : <Marks marks={hour.marks} />}
    </section>
  );
}

function Worst({ worst, quiet, partial }: { worst: LastHour["worst"]; quiet: boolean; partial: boolean }) {
  const t = useTranslations("now.hour");
  const sentence = useSentence();
  if (worst === null) return quiet ? <p className="sm muted hour-worst">{t(partial ? "quietPartial" : "quiet")}</p> : null;
  return (
    <div className="row wrap hour-worst">
      <Shape {...SHAPES[worst.kind]} />
      <div className="grow">
        <p>{sentence(worst.sentence)}</p>
        <p className="xs faint">
          {t("worstOf", { job: [worst.project, worst.name].filter(Boolean).join(" · ") || worst.job, runs: worst.runs })}
        </p>
      </div>
      <ButtonLink small href={jobPathOfKey(worst.job)} prefetch={false} aria-label={t("openLabel", { name: worst.name ?? worst.job })}>
        {t("open")}
      </ButtonLink>
    </div>
  );
}

function Lanes({ hour, view }: { hour: LastHour; view: HourView }) {
  const t = useTranslations("now.hour");
  const { timeZone } = usePlace();
  return (
    <div className="hour-lanes">
      {view.lanes.map(({ kind, marks }) => (
        <div key={kind} className="hour-lane">
          <span className="sm">{t(`lane.${kind}`)}</span>
          <span className="hour-track" aria-hidden="true">
            {marks.map((mark) => (
              <i key={`${mark.job} ${mark.container} ${mark.at}`} style={{ left: `${mark.share * 100}%` }} title={titleOf(mark, timeZone)}>
                <Shape {...SHAPES[kind]} />
              </i>
            ))}
          </span>
          <span className="num sm">
            {kind === "oom-kill" ? <Kills hour={hour} /> : <Count fact={hour.throttledJobs} say={(count) => t("throttled", { count })} />}
          </span>
        </div>
      ))}
      <div className="hour-lane">
        <span />
        <TimeTicks axis={view.axis} word={(ms) => localTime(ms, timeZone).slice(0, 5)} />
        <span />
      </div>
    </div>
  );
}

function titleOf({ container, project, name, at }: HourMark, timeZone: string): string {
  return [localTime(Date.parse(at), timeZone), container, project, name].filter(Boolean).join(" · ");
}

function Kills({ hour: { oomKills, oomJobs } }: { hour: LastHour }) {
  const t = useTranslations("now.hour");
  return (
    <Count
      fact={oomKills}
      say={(kills) => (oomJobs.state === "known" && kills > 0 ? t("kills", { kills, jobs: oomJobs.value }) : t("noKills", { kills }))}
    />
  );
}

function Count({ fact, say }: { fact: Known<number>; say: (count: number) => string }) {
  return fact.state === "known" ? say(fact.value) : <NoData reason={fact.reason} beside />;
}

/** The same as a table, each line with a way to its job. */
function Marks({ marks }: { marks: readonly HourMark[] }) {
  const t = useTranslations("now.hour");
  return (
    <details className="fold">
      <summary>{t("all", { count: marks.length })}</summary>
      <ScrollBox label={t("caption")}>
        <table className="hour-table">
          <caption className="sr-only">{t("caption")}</caption>
          <thead>
            <tr>
              {(["when", "what", "container", "job", "project"] as const).map((name) => (
                <th key={name} scope="col">
                  {t(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {marks.map((mark) => (
              <tr key={`${mark.kind} ${mark.job} ${mark.container} ${mark.at}`}>
                <td className="nowrap">
                  <Clock at={mark.at} />
                </td>
                <td className="nowrap">
                  <Shape {...SHAPES[mark.kind]} /> {t(`lane.${mark.kind}`)}
                </td>
                <td>{mark.container}</td>
                <td>
                  <Link className="link" href={jobPathOfKey(mark.job)} prefetch={false}>
                    {mark.name ?? mark.job}
                  </Link>
                </td>
                <td>{mark.project ?? <NoData reason="not-set" />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </details>
  );
}
