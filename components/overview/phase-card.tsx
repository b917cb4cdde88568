"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { stageFill } from "@/components/jobs/prepare-stages.ts";
import type { Overview } from "@/lib/fleet/schema.ts";
import { preparePhases } from "./prepare-figures.ts";

/** Live jobs by phase: one bar, and the same as a table whose rows lead to the jobs. */
export function PhaseCard({ overview }: { overview: Overview }) {
  const t = useTranslations("now");
  const j = useTranslations("jobs");
  const phases = preparePhases(overview.byPhase);
  const known = overview.live.state === "known";
  const most = Math.max(1, ...phases.map(({ count }) => count));
  return (
    <section className="card" aria-labelledby="h-phases">
      <div className="card-head">
        <h2 id="h-phases">
          {t("phases.title")} {overview.live.state === "known" ? <span className="count">{overview.live.value}</span> : null}
        </h2>
        <span className="end">
          <Link className="link" href="/jobs">
            {t("phases.all")}
          </Link>
        </span>
      </div>
      <div className="card-body stack">
        {phases.length === 0 ? (
          <p className="sm muted">{t(known ? "phases.none" : "phases.unknown")}</p>
        ) : (
          <>
            <div className="stages tall" aria-hidden="true">
              {phases.map(({ phase, count }) => (
                <i key={phase} data-st={stageFill(phase)} style={{ flex: count }} />
              ))}
            </div>
            <table className="phase-table">
              <caption className="sr-only">{t("phases.title")}</caption>
              <thead className="sr-only">
                <tr>
                  <th scope="col">{t("phases.tablePhase")}</th>
                  <th scope="col">{t("phases.tableJobs")}</th>
                </tr>
              </thead>
              <tbody>
                {phases.map(({ phase, count }) => (
                  <tr key={phase}>
                    <th scope="row">
                      <Link href={`/jobs?q=phase:${phase}`}>
                        <i className="sw" data-st={stageFill(phase)} aria-hidden="true" />
                        {j(`phase.${phase}`)}
                      </Link>
                    </th>
                    <td className="bar-cell" aria-hidden="true">
                      <i data-st={stageFill(phase)} style={{ width: `${(count / most) * 100}%` }} />
                    </td>
                    <td className="num b">{count}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
        {phases.some(({ phase }) => phase === "executing") ? <p className="xs faint">{t("phases.executing")}</p> : null}
      </div>
    </section>
  );
}
