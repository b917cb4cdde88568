"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { useMemo } from "react";
import { GroupFresh } from "@/components/sources/group-fresh.tsx";
import { managerPath } from "@/lib/base/manager-path.ts";
import { valueOf } from "@/lib/base/known.ts";
import type { Overview } from "@/lib/fleet/schema.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { countStages, orderManagers, prepareSlotRow, shortPodName, type SlotRow } from "./prepare-slots.ts";
import { waitingFor } from "./prepare-waiting.ts";
import { SlotCells, SlotLegend } from "./slot-cells.tsx";
import { WhyUnread } from "./why-unread.tsx";

/** Every slot of every manager as a cell: who holds it, in which stage, for how long. */
export function SlotsCard({ overview }: { overview: Overview }) {
  const t = useTranslations("managers");
  const managers = useCollection("managers");
  const jobs = useCollection("jobs");
  const { failing } = overview.capacity.requestPath;
  const rows = useMemo(
    () => orderManagers(managers.values()).map((manager) => prepareSlotRow(manager, jobs, failing)),
    [managers, jobs, failing],
  );
  const { slots } = overview;
  const blocked = rows.reduce((sum, row) => sum + (row.blocked ? (row.free ?? 0) : 0), 0);
  return (
    <section className="card c8" aria-labelledby="h-slots">
      <div className="card-head">
        <h2 id="h-slots">
          {t("slots.title")}{" "}
          {slots.state === "known" ? (
            <span className="count">{t("slots.busy", { used: slots.value.used, total: slots.value.total })}</span>
          ) : null}
        </h2>
        <span className="end">
          {slots.state === "known" && slots.value.unknownManagers > 0 ? (
            <span className="wait">{t("slots.unknownManagers", { count: slots.value.unknownManagers })}</span>
          ) : null}
          <GroupFresh name="managers" />
        </span>
      </div>
      {rows.length === 0 ? (
        <NoManagers overview={overview} />
      ) : (
        <div className="card-body">
          <ul className="slots">
            {rows.map((row) => (
              <SlotLine key={row.manager.key} row={row} overview={overview} />
            ))}
          </ul>
          <SlotLegend counts={countStages(rows)} blocked={blocked} />
        </div>
      )}
    </section>
  );
}

/** Nobody found: where was looked, or that nothing can be said. */
export function NoManagers({ overview }: { overview: Overview }) {
  const t = useTranslations("managers");
  const found = overview.managers.found.state === "known";
  return (
    <div className="empty">
      <h3>{t(found ? "none" : "unknown")}</h3>
      {found ? <p>{t("noneText")}</p> : null}
    </div>
  );
}

function SlotLine({ row, overview }: { row: SlotRow; overview: Overview }) {
  const { manager } = row;
  return (
    <li className="slotrow">
      <div className="who">
        <Link href={managerPath(manager)} title={`${manager.namespace}/${manager.pod}`}>
          <b>{shortPodName(manager.pod)}</b>
        </Link>
        <small className="trunc">{manager.workload ?? manager.namespace}</small>
      </div>
      <SlotCells row={row} />
      <SlotSum row={row} overview={overview} />
    </li>
  );
}

function SlotSum({ row, overview }: { row: SlotRow; overview: Overview }) {
  const t = useTranslations("managers");
  const { used, total, free, manager } = row;
  if (row.reason !== null || used === null || total === null) {
    return (
      <div className="sum">
        <b className="unk">{t("slots.notKnown")}</b>
        <small>
          <WhyUnread manager={manager} reason={row.reason ?? "not-seen"} />
        </small>
      </div>
    );
  }
  const waiting = valueOf(waitingFor(manager.runners, overview.waitingTags))?.count ?? 0;
  const full = used >= total;
  const word = full
    ? waiting > 0
      ? t("slots.fullWaiting", { count: waiting })
      : t("slots.full")
    : row.blocked
      ? t("slots.freeBlocked", { count: free ?? 0 })
      : t("slots.freeCount", { count: free ?? 0 });
  return (
    <div className="sum">
      <b>
        {used} / {total}
      </b>
      <small className={row.blocked || (full && waiting > 0) ? "wait" : "faint"}>{word}</small>
    </div>
  );
}
