"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import { usePartName } from "@/components/sources/use-part-name.ts";
import { useSourceStrip } from "@/components/sources/use-source-strip.ts";
import { Age } from "@/components/ui/time.tsx";
import { valueOf } from "@/lib/base/known.ts";
import { useEntity } from "@/lib/stream/client/use-live.tsx";
import type { StripCell } from "./prepare-strip.ts";

/** Nodes or managers that fit into a cell. */
const MOST_NAMES = 2;
const BAD = new Set(["degraded", "stale", "failed", "forbidden"]);

/** Whether what stands below can be trusted: four kinds of sources, each with its age. */
export function SourceStrip() {
  const t = useTranslations("now");
  return (
    <ul className="srcstrip" aria-label={t("strip.label")}>
      {useSourceStrip().map((cell) => (
        <li key={cell.name} className={BAD.has(cell.state) ? "bad-one" : undefined}>
          <SourceBadge state={cell.state} bare />
          <Link className="b-link" href="/sources">
            <b>{t(`strip.${cell.name}`)}</b>
          </Link>
          <CellWhy cell={cell} />
        </li>
      ))}
    </ul>
  );
}

function CellWhy({ cell }: { cell: StripCell }) {
  const t = useTranslations("now");
  const s = useTranslations("sources");
  const partName = usePartName();
  const overview = useEntity("overview", "overview");
  const live = overview === undefined ? null : valueOf(overview.live);
  const parts = cell.all > 1 ? t("strip.parts", { live: cell.live, all: cell.all }) : null;
  if (cell.state === "off") return <span className="why">{s("state.off")}</span>;
  const ill = cell.troubled.filter((report) => report.part !== null && cell.name !== "kubernetes");
  const names = [...new Set((ill.length > 0 ? ill : cell.troubled).map((report) => partName(report) ?? s(`name.${report.source}`)))];
  const shown = names.slice(0, MOST_NAMES);
  const first = cell.troubled[0];
  const fact = {
    kubernetes: live === null ? "" : t("strip.jobPods", { count: live }),
    "kubelet-metrics": t("strip.nodes", { count: cell.live }),
    managers: t("strip.managersRead", { live: cell.live, all: cell.all }),
    gitlab: cell.requestsPerMinute === null ? "" : t("strip.requests", { count: cell.requestsPerMinute }),
  }[cell.name];
  const why =
    first !== undefined
      ? t(names.length > shown.length ? "strip.troubledMore" : "strip.troubled", {
          names: shown.join(", "),
          count: names.length - shown.length,
          state: s(`state.${first.state.state}`),
        })
      : cell.state === "connecting"
        ? t("strip.waitingFirst")
        : fact;
  return (
    <>
      <span className="why" title={why}>
        {why}
      </span>
      <span className="fresh age" data-state={cell.state}>
        {cell.lastHeardAt === null ? null : <Age since={cell.lastHeardAt} />}
        {parts === null || cell.state === "live" ? null : <> · {parts}</>}
      </span>
    </>
  );
}
