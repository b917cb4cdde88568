"use client";

import { useTranslations } from "next-intl";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import { Forbidden } from "@/components/sources/source-trouble.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { formatTPlus } from "@/lib/base/units.ts";
import type { JobEvent } from "@/lib/fleet/schema.ts";
import { useSources } from "@/lib/stream/client/use-live.tsx";
import { prepareEvents } from "./prepare-events.ts";
import type { EventLine } from "./prepare-events.ts";

interface EventsProps {
  events: readonly JobEvent[];
  zeroMs: number;
  cluster: string;
  namespace: string;
}

/** What the scheduler and the kubelet said about the pod, oldest first; what every pod gets is folded away. */
export function EventsCard({ events, zeroMs, cluster, namespace }: EventsProps) {
  const t = useTranslations("job");
  const { lines, noise } = prepareEvents(events, zeroMs);
  const source = useSources().find(
    (report) => report.source === "kubernetes-events" && report.cluster === cluster && (report.part === null || report.part === namespace),
  );
  return (
    <section className="card" aria-labelledby="h-events">
      <div className="card-head">
        <h2 id="h-events">
          {t("events.title")} <span className="count">{lines.length}</span>
        </h2>
        <span className="end">{source === undefined ? t("events.from") : <SourceBadge state={source.state.state} />}</span>
      </div>
      {source?.state.state === "forbidden" ? (
        <div className="card-body stack">
          <p className="sm">{t("events.forbidden")}</p>
          <Forbidden state={source.state} />
        </div>
      ) : lines.length === 0 ? (
        <p className="card-body sm muted">{t("events.none")}</p>
      ) : (
        <EventTable lines={lines} />
      )}
      {noise.length === 0 ? null : (
        <details className="fold">
          <summary>
            {t("events.noise", { count: noise.length, reasons: [...new Set(noise.map((line) => line.reason))].join(", ") })}
          </summary>
          <EventTable lines={noise} />
        </details>
      )}
      <p className="card-foot xs">{t("events.foot")}</p>
    </section>
  );
}

function EventTable({ lines }: { lines: readonly EventLine[] }) {
  const t = useTranslations("job");
  return (
    <ScrollBox label={t("events.title")}>
      <table className="events">
        <caption className="sr-only">{t("events.title")}</caption>
        <thead>
          <tr>
            {(["at", "what", "detail"] as const).map((name) => (
              <th key={name} scope="col">
                {t(`events.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.key}>
              <td title={line.at}>{formatTPlus(line.tPlusMs)}</td>
              <td>
                <span className="row tight">
                  {line.warning ? <Shape name="system-failure" tone="waiting" /> : null}
                  {line.reason}
                  {line.warning ? <span className="sr-only"> ({t("events.warning")})</span> : null}
                  {line.count > 1 ? <span className="faint">{t("events.times", { count: line.count })}</span> : null}
                </span>
              </td>
              <td className="foreign">
                {line.container === null ? null : <b className="m">{line.container} </b>}
                {line.message}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
