"use client";

import { useTranslations } from "next-intl";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import { NoData } from "@/components/jobs/known.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { SourceReport } from "@/lib/base/source-state.ts";
import { SourceBadge } from "./source-badge.tsx";
import { SourceWay } from "./source-way.tsx";
import { usePartName } from "./use-part-name.ts";
import { gitlabPartOf } from "./prepare-sources.ts";

const NUMBERS = ["heard", "objects", "requests", "watches", "relists", "reconnects"] as const;

/** Every source of one cluster: what it tells, whether it does, and what it costs. */
export function SourceTable({ cluster, reports }: { cluster: string; reports: readonly SourceReport[] }) {
  const t = useTranslations("sources");
  return (
    <ScrollBox label={t("caption", { cluster })}>
      <table className="source-table">
        <caption className="sr-only">{t("caption", { cluster })}</caption>
        <thead>
          <tr>
            <th scope="col">{t("columns.source")}</th>
            <th scope="col">{t("columns.state")}</th>
            {NUMBERS.map((name) => (
              <th key={name} scope="col" className="num">
                {t(`columns.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {reports.map((report) => (
            <SourceLine key={report.key} report={report} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function SourceLine({ report }: { report: SourceReport }) {
  const t = useTranslations("sources");
  const partName = usePartName()(report);
  const { state } = report;
  return (
    <tr>
      <th scope="row" className="rowhead">
        <span className="l1 m">{t(`name.${report.source}`)}</span>
        <span className="l2">
          {partName === null
            ? t(`tells.${report.source}`)
            : gitlabPartOf(report) === null
              ? `${partName} · ${t(`tells.${report.source}`)}`
              : partName}
        </span>
        <SourceWay report={report} />
      </th>
      <td>
        <SourceBadge state={state.state} />
        <span className="l2">
          {state.state === "off"
            ? t(gitlabPartOf(report) === null ? `off.${state.reason}` : "off.token")
            : t.rich("since", { age: () => <Age since={state.since} /> })}
        </span>
      </td>
      <td className="num nowrap">
        {report.lastHeardAt === null ? (
          <span className="faint">{state.state === "off" ? "–" : t("never")}</span>
        ) : (
          t.rich("ago", { age: () => <Age since={report.lastHeardAt ?? ""} /> })
        )}
      </td>
      {state.state === "off" ? (
        <td className="num faint" colSpan={5}>
          –
        </td>
      ) : (
        <Counts report={report} />
      )}
    </tr>
  );
}

/** Objects that cannot be counted say why; a measured zero is a zero. */
function Counts({ report }: { report: SourceReport }) {
  return (
    <>
      <td className="num">
        {report.objects !== null ? (
          report.objects
        ) : report.state.state === "live" ? (
          // A part that is counted in the source's own line.
          <span className="faint">–</span>
        ) : (
          <NoData reason={report.state.state === "forbidden" ? "forbidden" : "not-reached"} />
        )}
      </td>
      <td className="num">{report.requestsPerMinute === null ? <span className="faint">–</span> : report.requestsPerMinute}</td>
      <td className="num">{report.openWatches}</td>
      <td className="num">{report.relists}</td>
      <td className="num">{report.reconnects}</td>
    </>
  );
}
