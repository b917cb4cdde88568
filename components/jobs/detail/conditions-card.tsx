"use client";

import { useTranslations } from "next-intl";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import { Clock } from "@/components/ui/time.tsx";
import type { Job } from "@/lib/fleet/schema.ts";

/** The pod's conditions as the cluster states them. */
export function ConditionsCard({ job }: { job: Job }) {
  const t = useTranslations("job");
  return (
    <section className="card" aria-labelledby="h-conditions">
      <div className="card-head">
        <h2 id="h-conditions">
          {t("conditions.title")} <span className="count">{job.conditions.length}</span>
        </h2>
      </div>
      {job.conditions.length === 0 ? (
        <p className="card-body sm muted">{t("conditions.none")}</p>
      ) : (
        <ScrollBox label={t("conditions.title")}>
          <table className="events">
            <caption className="sr-only">{t("conditions.title")}</caption>
            <thead>
              <tr>
                {(["type", "status", "since", "reason"] as const).map((name) => (
                  <th key={name} scope="col">
                    {t(`conditions.${name}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {job.conditions.map((condition) => (
                <tr key={condition.type}>
                  <th scope="row" className="rowhead nowrap">
                    {condition.type}
                  </th>
                  <td>{condition.status}</td>
                  <td className="nowrap">
                    {condition.lastTransitionAt === null ? (
                      <span className="faint">{t("conditions.noTime")}</span>
                    ) : (
                      <Clock at={condition.lastTransitionAt} />
                    )}
                  </td>
                  <td className="foreign">
                    {condition.reason === null && condition.message === null ? <span className="faint">–</span> : null}
                    {condition.reason} {condition.message === null ? null : <span className="muted">{condition.message}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}
