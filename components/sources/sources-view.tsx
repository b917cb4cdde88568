"use client";

import { useTranslations } from "next-intl";
import { CodeBlock } from "@/components/ui/code-block.tsx";
import type { SourceReport } from "@/lib/base/source-state.ts";
import type { ClusterView } from "@/lib/fleet/schema.ts";
import { useCollection, useSources } from "@/lib/stream/client/use-live.tsx";
import { GitlabBudget } from "./gitlab-budget.tsx";
import { formatRole } from "./prepare-rbac.ts";
import { absentSources, gitlabPartOf, groupByCluster, isTroubled, rankSources, requestsByAnswerer, sumLoad } from "./prepare-sources.ts";
import type { Load } from "./prepare-sources.ts";
import { SourceBadge } from "./source-badge.tsx";
import { SourceTable } from "./source-table.tsx";
import { SourceTrouble } from "./source-trouble.tsx";

/** Can the rest be trusted? Every source of every cluster, what is wrong with it, and the rights it needs. */
export function SourcesView() {
  const t = useTranslations("sources");
  const reports = useSources();
  const clusters = useCollection("clusters");
  const groups = groupByCluster(reports);
  const troubled = rankSources(reports.filter((report) => isTroubled(report.state)));
  const connecting = reports.filter((report) => report.state.state === "connecting");
  const headline =
    troubled.length > 0
      ? t("headlineTrouble", { count: troubled.length })
      : connecting.length > 0
        ? t("headlineConnecting", { count: connecting.length })
        : t("headlineLive");
  return (
    <>
      <section className="hero">
        <div>
          <h1>{reports.length === 0 ? t("none") : headline}</h1>
          <p>{reports.length === 0 ? t("noneText") : t("sub")}</p>
        </div>
      </section>
      {troubled.length === 0 ? null : (
        <section className="card" aria-labelledby="h-trouble">
          <div className="card-head">
            <h2 id="h-trouble">{t("troubles")}</h2>
          </div>
          <ul className="troubles">
            {troubled.map((report) => (
              <SourceTrouble key={report.key} report={report} severalClusters={groups.length > 1} />
            ))}
          </ul>
        </section>
      )}
      {groups.map(([key, list]) => {
        const cluster = [...clusters.values()].find((one) => one.key === key || one.name === key);
        return (
          <div key={key} className="card">
            <div className="card-head">
              <h2>{cluster?.name ?? key}</h2>
              <ClusterMeta cluster={cluster} />
            </div>
            <SourceTable cluster={cluster?.name ?? key} reports={list} />
            <BlindSpots reports={list} />
            <GitlabBudget reports={list} />
            {list.some((report) => report.state.state === "off") ? <p className="card-foot xs">{t("laterText")}</p> : null}
          </div>
        );
      })}
      <AbsentSources reports={reports} />
      <div className="cols">
        <LoadCard load={sumLoad(reports)} requests={requestsByAnswerer(reports)} />
        <RoleCard clusters={[...clusters.values()]} metricsServer={reports.some(({ source }) => source === "metrics-server")} />
      </div>
    </>
  );
}

function ClusterMeta({ cluster }: { cluster: ClusterView | undefined }) {
  const t = useTranslations("sources");
  if (cluster === undefined) return null;
  const scope = t(`scope.${cluster.scope}`, { names: cluster.namespaces?.join(", ") ?? "" });
  return (
    <span className="end">
      {cluster.serverVersion === null ? scope : `${t("clusterVersion", { version: cluster.serverVersion })} · ${scope}`}
    </span>
  );
}

/** What GitLab keeps from the token: each with what it would tell, and what gives it. */
function BlindSpots({ reports }: { reports: readonly SourceReport[] }) {
  const t = useTranslations("sources");
  const parts = reports.filter(({ state }) => state.state === "off").flatMap((report) => gitlabPartOf(report) ?? []);
  if (parts.length === 0) return null;
  return (
    <ul className="troubles">
      {parts.map((part) => (
        <li key={part} className="trouble">
          <h3>{t(`gitlabPart.${part}`)}</h3>
          <p className="sm">{t(`gitlabBlind.${part}`)}</p>
          <p className="fix sm">{t(`gitlabRemedy.${part}`)}</p>
        </li>
      ))}
    </ul>
  );
}

/** Sources that the settings leave out: what they would tell, and which variable brings them. */
function AbsentSources({ reports }: { reports: readonly SourceReport[] }) {
  const t = useTranslations("sources");
  const absent = absentSources(reports);
  if (absent.length === 0) return null;
  return (
    <section className="card" aria-labelledby="h-absent">
      <div className="card-head">
        <h2 id="h-absent">{t("absent")}</h2>
      </div>
      <ul className="troubles">
        {absent.map((name) => (
          <li key={name} className="trouble">
            <h3 className="row">
              <SourceBadge state="off" bare /> {t(`name.${name}`)}
            </h3>
            <p className="sm muted">{t("absentTells", { what: t(`tells.${name}`) })}</p>
            <p className="fix sm">{t(`absentRemedy.${name}`)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

const COUNTS = ["watches", "relists", "reconnects"] as const;

function LoadCard({ load, requests }: { load: Load; requests: ReturnType<typeof requestsByAnswerer> }) {
  const t = useTranslations("sources");
  const values = { watches: load.openWatches, relists: load.relists, reconnects: load.reconnects };
  return (
    <section className="card c5" aria-labelledby="h-load">
      <div className="card-head">
        <h2 id="h-load">{t("load")}</h2>
      </div>
      <div className="card-body">
        <dl className="kv">
          {requests.map(({ answerer, perMinute }) => (
            <div key={answerer} className="contents">
              <dt>{t("requestsTo", { who: t(`who.${answerer}`) })}</dt>
              <dd className="b">{perMinute}</dd>
            </div>
          ))}
          {COUNTS.map((name) => (
            <div key={name} className="contents">
              <dt>{t(name)}</dt>
              <dd className="b">{values[name]}</dd>
            </div>
          ))}
        </dl>
        <p className="xs faint load-note">{t("loadNote")}</p>
      </div>
    </section>
  );
}

function RoleCard({ clusters, metricsServer }: { clusters: readonly ClusterView[]; metricsServer: boolean }) {
  const t = useTranslations("sources");
  const names = clusters.every((cluster) => cluster.namespaces !== null)
    ? [...new Set(clusters.flatMap((cluster) => cluster.namespaces ?? []))]
    : [];
  const namespaces = names.length > 0 ? names : null;
  return (
    <section className="card c7" aria-labelledby="h-role">
      <div className="card-head">
        <h2 id="h-role">{t("role")}</h2>
        <span className="end">{t("roleMeta")}</span>
      </div>
      <div className="card-body stack">
        <p className="sm muted">{t(namespaces === null ? "roleText" : "roleTextNamespaces")}</p>
        <CodeBlock text={formatRole(namespaces, metricsServer)} copyLabel={t("copyRole")} />
      </div>
    </section>
  );
}
