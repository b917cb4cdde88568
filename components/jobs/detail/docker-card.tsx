"use client";

import { useTranslations } from "next-intl";
import { Clock } from "@/components/ui/time.tsx";
import { formatDurationMs, formatTPlus } from "@/lib/base/units.ts";
import type { Job } from "@/lib/fleet/schema.ts";
import { prepareReadiness } from "./prepare-readiness.ts";

/** When dockerd was ready, against when it was needed, from its own log; known failures with what to change. Nothing for jobs without Docker-in-Docker. */
export function DockerCard({ job, zeroMs, logsAllowed }: { job: Job; zeroMs: number; logsAllowed: boolean }) {
  const t = useTranslations("job.dind");
  const readiness = prepareReadiness(job);
  if (readiness === null) return null;
  const { server, startedAt, facts, upMs, marginMs, nestedKill } = readiness;
  const moment = (iso: string) => t.rich("moment", { at: () => <Clock at={iso} />, tplus: formatTPlus(Date.parse(iso) - zeroMs) });
  const rows = [
    ["container", startedAt],
    ["starting", facts?.startingAt ?? null],
    ["listening", facts?.listeningAt ?? null],
    ["command", facts?.commandAt ?? null],
  ] as const;
  return (
    <section className="card" aria-labelledby="h-dind">
      <div className="card-head">
        <h2 id="h-dind">{t("title")}</h2>
        <span className="end mono">{server}</span>
      </div>
      <div className="card-body stack">
        <p className={marginMs !== null && marginMs < 0 ? "sm bad m" : "sm"}>
          {facts === null
            ? t(logsAllowed ? "notSeen" : "notAllowed")
            : upMs === null
              ? t(facts.problems.length > 0 ? "never" : "notYet")
              : marginMs === null
                ? t("ready", { took: formatDurationMs(upMs) })
                : t(marginMs < 0 ? "late" : "inTime", { took: formatDurationMs(upMs), margin: formatDurationMs(Math.abs(marginMs)) })}
        </p>
        <dl className="kv">
          {rows.map(([name, at]) => (
            <div key={name} className="contents">
              <dt>{t(name)}</dt>
              <dd>{at === null ? <span className="faint">–</span> : moment(at)}</dd>
            </div>
          ))}
        </dl>
        {facts === null || facts.problems.length === 0 ? null : (
          <ul className="docker-problems">
            {facts.problems.map(({ code, at }) => (
              <li key={code}>
                <b>{t(`problem.${code}.title`)}</b> {at === null ? null : moment(at)} {t(`problem.${code}.fix`)}
              </li>
            ))}
          </ul>
        )}
        {marginMs !== null && marginMs < 0 ? <p className="sm">{t("lateFix")}</p> : null}
        <p className="xs faint">{nestedKill ? t("nestedKill") : t("nested")}</p>
      </div>
    </section>
  );
}
