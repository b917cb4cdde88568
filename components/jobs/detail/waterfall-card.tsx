"use client";

import { useTranslations } from "next-intl";
import { Shape } from "@/components/ui/shape.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatDurationMs, formatTPlus } from "@/lib/base/units.ts";
import type { Job, JobEvent } from "@/lib/fleet/schema.ts";
import { preparePulls } from "./prepare-pulls.ts";
import type { Waterfall } from "./prepare-waterfall.ts";
import { PresentImages, PullRow } from "./waterfall-pulls.tsx";
import { PhaseRow } from "./waterfall-row.tsx";

/** The eight phases on one axis of time since T+0; what nobody saw is hatched, with why. */
export function WaterfallCard({ job, events, waterfall }: { job: Job; events: readonly JobEvent[]; waterfall: Waterfall }) {
  const t = useTranslations("job");
  const pulls = preparePulls(events);
  const shown = pulls.filter((pull) => pull.status !== "present");
  const present = pulls.filter((pull) => pull.status === "present");
  const unseen = waterfall.rows.filter((row) => row.bar?.hatched === true).length > 1;
  return (
    <section className="card" aria-labelledby="h-waterfall">
      <div className="card-head wraps-s">
        <h2 id="h-waterfall">
          {t(waterfall.zero === "job-created" ? "waterfall.titleQueued" : "waterfall.title")}{" "}
          <span className="count">{formatDurationMs(waterfall.spanMs)}</span>
        </h2>
        <span className="end">
          {t.rich(waterfall.zero === "job-created" ? "waterfall.zeroJob" : "waterfall.zeroPod", {
            at: () => <Clock at={new Date(waterfall.zeroMs).toISOString()} />,
          })}
        </span>
      </div>
      <div className={waterfall.kills.length > 0 ? "card-body wf-body with-kill" : "card-body wf-body"}>
        <div className="wf-box">
          <table className="wf-table">
            <caption className="sr-only">{t("waterfall.title")}</caption>
            <thead>
              <Axis waterfall={waterfall} />
            </thead>
            <tbody>
              {waterfall.rows.map((row) => [
                <PhaseRow key={row.phase} row={row} job={job} />,
                ...(row.phase === "starting" ? shown.map((pull) => <PullRow key={pull.key} pull={pull} waterfall={waterfall} />) : []),
                row.phase === "starting" && present.length > 0 ? (
                  <PresentImages key="present" images={present.map((pull) => pull.image)} />
                ) : null,
              ])}
            </tbody>
          </table>
          <div className="wf-over" aria-hidden="true">
            {waterfall.kills.map((kill) => (
              <div
                key={`${kill.container} ${kill.ms}`}
                className={kill.share > 0.5 ? "mark low flip" : "mark low"}
                style={{ left: `${kill.share * 100}%` }}
              >
                <span>
                  <Shape name="oom-killed" tone="danger" />
                  {kill.container === null
                    ? t("waterfall.killNoName", { at: formatTPlus(kill.ms) })
                    : t("waterfall.kill", { container: kill.container, at: formatTPlus(kill.ms) })}
                </span>
              </div>
            ))}
          </div>
        </div>
      </div>
      {unseen ? <p className="card-foot xs">{t("waterfall.executingNote")}</p> : null}
    </section>
  );
}

function Axis({ waterfall }: { waterfall: Waterfall }) {
  const t = useTranslations("job");
  return (
    <tr>
      <th scope="col">{t("waterfall.phase")}</th>
      <th scope="col" className="lane">
        <span className="sr-only">{t("waterfall.lane")}</span>
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
        {t("waterfall.took")}
      </th>
      <th scope="col" className="by">
        {t("waterfall.by")}
      </th>
    </tr>
  );
}
