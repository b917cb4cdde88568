"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { Forbidden } from "@/components/sources/source-trouble.tsx";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import type { SourceReport } from "@/lib/base/source-state.ts";
import { useCollection, useSources } from "@/lib/stream/client/use-live.tsx";
import { NodeCard } from "./node-card.tsx";
import { orderNodes } from "./prepare-node-blocks.ts";

/** Does it fit? Each node with what is requested of it, by whom, and what speaks against it. */
export function NodesView() {
  const t = useTranslations("nodes");
  const nodes = orderNodes(useCollection("nodes").values());
  const sources = useSources().filter((report) => report.source === "kubernetes-nodes");
  const ready = nodes.filter((node) => node.ready === "True").length;
  const jobs = nodes.reduce((sum, node) => sum + node.jobs, 0);
  const answered = sources.some((report) => report.state.state === "live" || report.state.state === "stale");
  return (
    <>
      <section className="hero">
        <div>
          <h1>{nodes.length > 0 ? t("headline", { count: nodes.length, ready }) : answered ? t("none") : t("headlineUnknown")}</h1>
          <p>{nodes.length > 0 ? t("sub", { jobs }) : answered ? t("noneText") : null}</p>
        </div>
      </section>
      {sources.map((report) => (
        <NodeSourceNote key={report.key} report={report} some={nodes.length > 0} />
      ))}
      {nodes.length === 0 ? null : (
        <ul className="node-list">
          {nodes.map((node) => (
            <li key={node.key}>
              <NodeCard node={node} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Why there are no nodes to show, or why what is shown is old. */
function NodeSourceNote({ report, some }: { report: SourceReport; some: boolean }) {
  const t = useTranslations("nodes");
  const { state } = report;
  if (state.state === "live") return null;
  if (state.state === "connecting") return some ? null : <Loading />;
  const title = state.state === "forbidden" ? t("forbiddenTitle") : state.state === "off" ? t("scopeTitle") : t("failedTitle");
  const text = state.state === "forbidden" ? t("forbiddenText") : state.state === "off" ? t("scopeText") : t("staleText");
  return (
    <section className="card source-note">
      <div className="card-body stack">
        <div className="row wrap">
          <SourceBadge state={state.state} bare />
          <p className="grow">
            <b className="m">{title}</b> <span className="muted">{text}</span>
          </p>
          <Link className="btn" href="/sources">
            {t("openSources")}
          </Link>
        </div>
        {state.state === "forbidden" ? <Forbidden state={state} /> : null}
      </div>
    </section>
  );
}

/** Shapes of what will stand here, without a figure. */
function Loading() {
  const t = useTranslations("nodes");
  return (
    <section className="card" aria-busy="true">
      <div className="card-body stack">
        {[0, 1, 2].map((line) => (
          <div key={line} className="skel-line" aria-hidden="true">
            <span className="skel h" style={{ width: "14%" }} />
            <span className="skel" style={{ width: "60%" }} />
          </div>
        ))}
        <p className="xs faint">{t("loading")}</p>
      </div>
    </section>
  );
}
