"use client";

import { useTranslations } from "next-intl";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useCollection, useEntity, useNow, usePartial, useSources } from "@/lib/stream/client/use-live.tsx";
import { jobPathOfKey } from "../detail/job-path.ts";
import type { ListItem } from "./arrange-jobs.ts";
import { downloadCsv } from "./download-csv.ts";
import { exportJobs } from "./export-jobs.ts";
import { FilterBar, FilterProblems } from "./filter-bar.tsx";
import { FILTER_INPUT_ID } from "./filter-input-id.ts";
import { JobsTable } from "./jobs-table.tsx";
import { KeyHints } from "./key-hints.tsx";
import { ListEmpty, ListLoading } from "./list-empty.tsx";
import { ListSources } from "./list-sources.tsx";
import { ListToolbar } from "./list-toolbar.tsx";
import { PeekBar } from "./peek-bar.tsx";
import { useArrangement } from "./use-arrangement.ts";
import { useCursor } from "./use-cursor.ts";
import { useHold } from "./use-hold.ts";
import { useListKeys } from "./use-list-keys.ts";
import { useListState } from "./use-list-state.ts";
import type { ListState } from "./use-list-state.ts";
import { useNarrow } from "./use-narrow.ts";

/** What runs? Every job pod in one table; what it shows stands in the address. */
export function JobsView() {
  const t = useTranslations("jobs");
  const jobs = useCollection("jobs");
  const pods = useSources().filter((report) => report.source === "kubernetes-pods");
  const partial = usePartial();
  const state = useListState();
  const [draft, setDraft] = useState("");
  const now = useSteppedNow();
  const { hold, handlers } = useHold();
  const { arrangement, items, terms, matcher, resort } = useArrangement(jobs, state, draft, now, hold);
  const cursor = useCursor(items);
  const [peeks, setPeeks] = useState(true);
  const card = useNarrow();
  const missing = partial && items.length === 0;
  const loading = missing || (jobs.size === 0 && !pods.some(({ state: { state: how } }) => how !== "connecting"));
  const selected = cursor.key === null ? undefined : jobs.get(cursor.key);
  const onCsv = () => downloadCsv(exportJobs(jobsOf(items), state.columns, now), now);
  const onClear = () => {
    state.set.filter("");
    setDraft("");
  };
  useKeys({ cursor, resort, onCsv, onPeek: () => setPeeks(!peeks) });
  return (
    <div className="jobs-page">
      <h1 className="sr-only">{t("title")}</h1>
      <ListToolbar state={state} counts={loading || partial ? null : arrangement.counts} onCsv={onCsv} />
      <div className="row filter-row">
        <FilterBar terms={terms} draft={draft} onDraft={setDraft} onFilter={state.set.filter} />
        {partial ? (
          <Partial held={jobs.size} />
        ) : loading ? null : (
          <Shown shown={arrangement.shown} total={arrangement.counts[state.view]} />
        )}
      </div>
      <FilterProblems terms={terms} />
      <ListSources pods={pods} />
      <section className="card jobs-card" aria-label={t("caption")} {...handlers}>
        {loading ? (
          <ListLoading />
        ) : items.length > 0 ? (
          <Table items={items} state={state} cursor={cursor.key} card={card} onSelect={cursor.select} />
        ) : null}
        {loading || items.length > 0 ? null : (
          <ListEmpty
            {...{ jobs, matcher, now, onClear }}
            view={state.view}
            filtered={terms.length > 0 || draft.trim() !== ""}
            sure={pods.length > 0 && pods.every((report) => report.state.state === "live")}
            onView={state.set.view}
          />
        )}
      </section>
      <aside className="peekbar">
        {selected !== undefined && peeks ? <PeekBar job={selected} /> : null}
        <KeyHints outOfPlace={arrangement.outOfPlace} onResort={resort} />
      </aside>
    </div>
  );
}

/** Waits and ages decide where rows stand; every five seconds is often enough for that, and spares 10,000 rows the second-hand. */
const STEP_MS = 5_000;

function useSteppedNow(): number {
  return Math.floor(useNow() / STEP_MS) * STEP_MS;
}

/** The jobs that have a line now, in order: those of closed groups have none. */
function jobsOf(items: readonly ListItem[]) {
  return items.flatMap((item) => (item.type === "job" ? [item.job] : []));
}

interface TableProps {
  items: readonly ListItem[];
  state: ListState;
  cursor: string | null;
  card: boolean;
  onSelect: (key: string | null) => void;
}

function Table({ items, state, cursor, card, onSelect }: TableProps) {
  const t = useTranslations("jobs");
  return (
    <JobsTable
      {...{ items, cursor, card, onSelect }}
      columns={state.columns}
      sort={state.sort}
      label={t("caption")}
      onSort={state.set.sort}
      onToggle={state.set.collapsed}
    />
  );
}

/** The worst come first; filters and counts mean little until the others are there, which takes a moment. */
function Partial({ held }: { held: number }) {
  const t = useTranslations("jobs");
  const overview = useEntity("overview", "overview");
  const total = overview === undefined || overview.live.state === "unknown" ? null : overview.live.value + overview.ended;
  return (
    <output className="sm muted nowrap shown">
      {total === null ? t("partialOfMany") : t.rich("partial", { shown: held, total, b: (text) => <b>{text}</b> })}
    </output>
  );
}

function Shown({ shown, total }: { shown: number; total: number }) {
  const t = useTranslations("jobs");
  return <p className="sm muted nowrap shown">{t.rich("shown", { shown, total, b: (text) => <b>{text}</b> })}</p>;
}

interface KeyTargets {
  cursor: ReturnType<typeof useCursor>;
  resort: () => void;
  onCsv: () => void;
  onPeek: () => void;
}

function useKeys({ cursor, resort, onCsv, onPeek }: KeyTargets): void {
  const router = useRouter();
  useListKeys({
    j: () => cursor.move(1),
    k: () => cursor.move(-1),
    " ": () => (cursor.key === null ? cursor.move(1) : onPeek()),
    Enter: () => cursor.key !== null && router.push(jobPathOfKey(cursor.key)),
    Escape: () => cursor.select(null),
    "/": () => document.getElementById(FILTER_INPUT_ID)?.focus(),
    ".": resort,
    c: onCsv,
  });
}
