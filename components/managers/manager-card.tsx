"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { KnownText } from "@/components/jobs/known.tsx";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import { Age } from "@/components/ui/time.tsx";
import { valueOf } from "@/lib/base/known.ts";
import type { Manager, Overview } from "@/lib/fleet/schema.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { ConfigSection } from "./config-section.tsx";
import { HealthSection, LimitSection, PollSection, StageSection } from "./manager-sections.tsx";
import { ManagerWord } from "./manager-word.tsx";
import { judgeManager, preparePolls } from "./prepare-manager.ts";
import { prepareSlotRow, shortPodName, type SlotRow } from "./prepare-slots.ts";
import { waitingFor } from "./prepare-waiting.ts";
import { SlotCells } from "./slot-cells.tsx";
import { WhyUnread } from "./why-unread.tsx";

interface ManagerCardProps {
  manager: Manager;
  overview: Overview;
  anchor: string | null;
  /** The address leads to it. */
  meant: boolean;
}

/** One manager: whether it takes jobs, and all that stands behind the answer. */
export function ManagerCard({ manager, overview, anchor, meant }: ManagerCardProps) {
  const jobs = useCollection("jobs");
  const { failing } = overview.capacity.requestPath;
  const row = useMemo(() => prepareSlotRow(manager, jobs, failing), [manager, jobs, failing]);
  const polls = preparePolls(manager);
  const waiting = valueOf(waitingFor(manager.runners, overview.waitingTags))?.count ?? null;
  const heading = `h-${manager.uid}`;
  return (
    <section className="card mcard" id={anchor ?? undefined} data-meant={meant || undefined} aria-labelledby={heading}>
      <div className="mhead">
        <div className="row">
          <h2 id={heading}>{shortPodName(manager.pod)}</h2>
          <span className="tag trunc">{manager.workload ?? manager.namespace}</span>
          <span className="end">
            <PortFresh manager={manager} />
          </span>
        </div>
        <Identity manager={manager} />
      </div>
      <ManagerWord state={judgeManager(row, polls, waiting)} manager={manager} />
      <SlotSection row={row} />
      <PollSection manager={manager} polls={polls} />
      <StageSection row={row} />
      <LimitSection manager={manager} />
      <ConfigSection manager={manager} />
      <HealthSection manager={manager} />
    </section>
  );
}

/** How old its word is; the state where there is none. */
function PortFresh({ manager: { port } }: { manager: Manager }) {
  const t = useTranslations("managers");
  if (port === null) return <SourceBadge state="off" />;
  const aged = port.at !== null && (port.state.state === "live" || port.state.state === "stale");
  return (
    <span className="fresh" data-state={port.state.state}>
      <SourceBadge state={port.state.state} bare={aged} />
      {aged ? <span>{t.rich("read", { age: () => <Age since={port.at ?? ""} /> })}</span> : null}
    </span>
  );
}

function Identity({ manager }: { manager: Manager }) {
  const t = useTranslations("managers");
  const ids = [...new Set(manager.runners.map(({ systemId }) => systemId).filter((id) => id !== null))];
  return (
    <>
      <p className="sub trunc" title={t(`foundBy.${manager.foundBy}`)}>
        {manager.namespace}/{manager.pod}
      </p>
      <p className="sub">
        {ids.length === 0 ? t("noSystemId") : ids.join(", ")} · <KnownText fact={manager.version}>{(version) => version}</KnownText> ·{" "}
        <KnownText fact={manager.startedAt}>{(at) => t.rich("up", { age: () => <Age since={at} /> })}</KnownText>
      </p>
    </>
  );
}

function SlotSection({ row }: { row: SlotRow }) {
  const t = useTranslations("managers");
  const { used, total, free } = row;
  return (
    <div className="msec">
      <div className="t">
        <h3>{t("slots.title")}</h3>
        {used === null || total === null || row.reason !== null ? (
          <>
            <span className="unk">{t("slots.notKnown")}</span>
            <span className="end">
              <WhyUnread manager={row.manager} reason={row.reason ?? "not-seen"} />
            </span>
          </>
        ) : (
          <>
            <span>
              {used} <span className="faint">/ {total}</span>
            </span>
            <span className={row.blocked && (free ?? 0) > 0 ? "end wait" : "end"}>
              {used >= total ? t("slots.full") : t(row.blocked ? "slots.freeBlocked" : "slots.freeCount", { count: free ?? 0 })}
            </span>
          </>
        )}
      </div>
      <SlotCells row={row} small />
    </div>
  );
}
