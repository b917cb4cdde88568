"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import { VerdictChip } from "@/components/jobs/verdict-chip.tsx";
import { formatBytes, formatCpu, formatDurationMs } from "@/lib/base/units.ts";
import type { Neighbour } from "@/lib/fleet/runs/schema.ts";
import { jobPathOfKey } from "./job-path.ts";

/** Who else was on the node meanwhile: what they used of it, this job could not. */
export function NeighboursCard({ node, neighbours }: { node: string | null; neighbours: readonly Neighbour[] }) {
  const t = useTranslations("job.neighbours");
  return (
    <section className="card" aria-labelledby="h-neighbours">
      <div className="card-head">
        <h2 id="h-neighbours">
          {t("title")} <span className="count">{neighbours.length}</span>
        </h2>
        {node === null ? null : <span className="end">{node}</span>}
      </div>
      {neighbours.length === 0 ? (
        <p className="card-body sm muted">{t(node === null ? "noNode" : "none")}</p>
      ) : (
        <ScrollBox label={t("table")}>
          <table className="events">
            <caption className="sr-only">{t("title")}</caption>
            <thead>
              <tr>
                {(["job", "together", "cpu", "peak"] as const).map((name) => (
                  <th key={name} scope="col" className={name === "job" ? undefined : "num"}>
                    {t(name)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {neighbours.map(({ key, name, project, verdict, overlapMs, cpuMillicores, peakBytes }) => (
                <tr key={key}>
                  <td>
                    <span className="row tight">
                      <VerdictChip verdict={verdict} quiet />
                      <Link className="link" href={jobPathOfKey(key)} title={project ?? undefined}>
                        {name}
                      </Link>
                    </span>
                  </td>
                  <td className="num nowrap">{formatDurationMs(overlapMs)}</td>
                  <td className="num nowrap">{cpuMillicores === null ? "–" : formatCpu(cpuMillicores)}</td>
                  <td className="num nowrap">{peakBytes === null ? "–" : formatBytes(peakBytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}
