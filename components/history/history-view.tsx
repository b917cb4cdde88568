"use client";

import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { HistoryFilters } from "./history-filters.tsx";
import { HistoryGaps, HistoryKeptLine } from "./history-kept.tsx";
import { HistoryTrouble } from "./history-trouble.tsx";
import { HistoryTable } from "./history-table.tsx";
import { mergeGaps } from "./prepare-history.ts";
import { useHistory } from "./use-history.ts";
import type { HistoryState } from "./use-history.ts";
import { useHistoryFilter } from "./use-history-filter.ts";
import type { HistoryFilterState } from "./use-history-filter.ts";

/** Has it happened before? Finished jobs of past days; the filter stands in the address. */
export function HistoryView() {
  const t = useTranslations("history");
  const state = useHistoryFilter();
  const history = useHistory(state.filter);
  return (
    <>
      <section className="hero">
        <div>
          <h1>{t("title")}</h1>
          <HistoryKeptLine kept={history.kept} writing={history.writing} />
        </div>
      </section>
      <HistoryFilters state={state} />
      <HistoryTrouble writing={history.writing} />
      {history.kept === null ? null : <HistoryGaps gaps={history.kept.gaps} />}
      <div className="card" aria-busy={history.state === "loading"}>
        <Body history={history} state={state} />
      </div>
    </>
  );
}

function Body({ history, state }: { history: HistoryState; state: HistoryFilterState }) {
  const t = useTranslations("history");
  if (history.state === "loading") return <Loading />;
  if (history.state === "failed") return <Failed history={history} />;
  const lines = mergeGaps(history.rows, history.kept?.gaps ?? [], state.filter, history.more);
  if (history.rows.length === 0) return <Empty state={state} />;
  return (
    <>
      {history.failure === null ? null : <Stale history={history} />}
      <HistoryTable lines={lines} onFilter={state.set} />
      <div className="card-foot row wrap">
        <span className="grow" aria-live="polite">
          {t("shown", { count: history.rows.length })}
        </span>
        {history.more ? (
          <Button onClick={history.older} disabled={history.loadingMore}>
            {t(history.loadingMore ? "loadingOlder" : "older")}
          </Button>
        ) : (
          <span>{t("noOlder")}</span>
        )}
      </div>
    </>
  );
}

/** Shapes of what will stand here, without a figure. */
function Loading() {
  const t = useTranslations("history");
  return (
    <div className="card-body stack">
      {[0, 1, 2, 3, 4].map((line) => (
        <div key={line} className="skel-line" aria-hidden="true">
          <span className="skel h" style={{ width: `${20 - line}%` }} />
          <span className="skel" style={{ width: `${70 - line * 6}%` }} />
        </div>
      ))}
      <p className="xs faint">{t("loading")}</p>
    </div>
  );
}

function Failed({ history: { failure, retry } }: { history: HistoryState }) {
  const t = useTranslations("history");
  return (
    <div className="empty" role="alert">
      <h2>
        <Shape name="failed" tone="danger" /> {t("failedTitle")}
      </h2>
      <p>
        {failure?.detail ?? t("failedText")} {failure?.remedy}
      </p>
      <Button onClick={retry}>
        <Icon name="retry" />
        {t("retry")}
      </Button>
    </div>
  );
}

/** A later question was not answered: what stands below is from before. */
function Stale({ history: { failure, retry } }: { history: HistoryState }) {
  const t = useTranslations("history");
  return (
    <p className="banner history-stale" data-v="waiting">
      <Shape name="stale" tone="waiting" />
      <span className="grow">
        <b>{t("staleTitle")}</b> {failure?.detail}
      </span>
      <Button small onClick={retry}>
        {t("retry")}
      </Button>
    </p>
  );
}

function Empty({ state: { filter, clear } }: { state: HistoryFilterState }) {
  const t = useTranslations("history");
  const filtered = Object.keys(filter).length > 0;
  return (
    <div className="empty">
      <h2>{t(filtered ? "emptyFiltered" : "empty")}</h2>
      <p>{t(filtered ? "emptyFilteredText" : "emptyText")}</p>
      {filtered ? <Button onClick={clear}>{t("clear")}</Button> : null}
    </div>
  );
}
