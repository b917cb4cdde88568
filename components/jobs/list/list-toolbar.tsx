"use client";

import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { ColumnMenu, GroupMenu, SortMenu } from "./list-menus.tsx";
import { JOB_VIEWS } from "./rank-jobs.ts";
import type { JobView } from "./rank-jobs.ts";
import type { ListState } from "./use-list-state.ts";

interface ListToolbarProps {
  state: ListState;
  /** Jobs of each view, before the filter; null while nothing is known of them. */
  counts: Readonly<Record<JobView, number>> | null;
  onCsv: () => void;
}

/** Views with their counts, and what decides how the table looks. */
export function ListToolbar({ state, counts, onCsv }: ListToolbarProps) {
  const t = useTranslations("jobs");
  return (
    <div className="row wrap list-toolbar">
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role */}
      <div className="views" role="group" aria-label={t("view.label")}>
        {JOB_VIEWS.map((view) => (
          <button key={view} type="button" aria-pressed={state.view === view} onClick={() => state.set.view(view)}>
            {t(`view.${view}`)} {counts === null ? null : <span className="count">{counts[view]}</span>}
          </button>
        ))}
      </div>
      <div className="row list-menus">
        <GroupMenu grouping={state.grouping} onGrouping={state.set.grouping} />
        <SortMenu sort={state.sort} onSort={state.set.sort} />
        <span className="only-wide">
          <ColumnMenu columns={state.columns} onColumns={state.set.columns} />
        </span>
        <Button onClick={onCsv} aria-label={t("csv.label")} title={t("csv.label")}>
          <Icon name="download" />
          {t("csv.button")}
        </Button>
      </div>
    </div>
  );
}
