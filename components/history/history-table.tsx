"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import { jobPathOfKey } from "@/components/jobs/detail/job-path.ts";
import { VerdictChip } from "@/components/jobs/verdict-chip.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { HistoryGap, HistoryRow } from "@/lib/history/schema.ts";
import { GapWords } from "./history-kept.tsx";
import type { HistoryLine } from "./prepare-history.ts";
import type { FilterKey, HistoryFilterState } from "./use-history-filter.ts";

const COLUMNS = ["verdict", "job", "project", "node", "image", "failureReason", "took", "ended"] as const;
const NUMBERS: ReadonlySet<string> = new Set(["took", "ended"]);

interface HistoryTableProps {
  lines: readonly HistoryLine[];
  onFilter: HistoryFilterState["set"];
}

/** One line a finished job, newest first; each leads to the job's own page. Times that nobody watched stand where they were. */
export function HistoryTable({ lines, onFilter }: HistoryTableProps) {
  const t = useTranslations("history");
  return (
    <ScrollBox label={t("caption")}>
      <table className="history">
        <caption className="sr-only">{t("caption")}</caption>
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name} scope="col" className={NUMBERS.has(name) ? "num" : undefined}>
                {t(`column.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) =>
            line.type === "gap" ? <GapLine key={line.key} gap={line.gap} /> : <JobLine key={line.key} row={line.row} onFilter={onFilter} />,
          )}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function GapLine({ gap }: { gap: HistoryGap }) {
  return (
    <tr className="gap-line">
      <td colSpan={COLUMNS.length}>
        <span className="hatch" aria-hidden="true" />
        <GapWords gap={gap} />
      </td>
    </tr>
  );
}

function JobLine({ row, onFilter }: { row: HistoryRow; onFilter: HistoryFilterState["set"] }) {
  const t = useTranslations("history");
  const j = useTranslations("jobs");
  const took = Date.parse(row.endedAt) - Date.parse(row.createdAt);
  const span = formatDurationMs(Math.max(0, took));
  const findings = row.findings.map((finding) => j(`finding.${finding}`)).join(", ");
  return (
    <tr>
      <td className="v">
        <div className="l1">
          <VerdictChip verdict={{ kind: row.verdict, certainty: row.certainty }} />
        </div>
        <div className="l2" title={findings}>
          {[row.container, findings].filter(Boolean).join(" · ")}
        </div>
      </td>
      <td className="job">
        <Link className="l1 m jobname" href={jobPathOfKey(row.key)} prefetch={false} title={row.pod}>
          {row.name ?? row.pod}
        </Link>
        <div className="l2 mono" title={row.ref ?? undefined}>
          {row.ref}
        </div>
      </td>
      <td className="sm">
        <FilterBy name="project" value={row.project} onFilter={onFilter} />
      </td>
      <td className="sm">
        <FilterBy name="node" value={row.node} onFilter={onFilter} />
        <div className="l2">{row.runner}</div>
      </td>
      <td className="sm img-cell">
        <FilterBy name="image" value={row.image} onFilter={onFilter} mono />
      </td>
      <td className="sm">
        {row.verdict === "succeeded" ? "–" : <FilterBy name="failureReason" value={row.failureReason} onFilter={onFilter} />}
      </td>
      <td className="num nowrap">{Number.isFinite(took) ? (row.endedAfter === null ? span : j("atMost", { span })) : "–"}</td>
      <td className="num nowrap">
        {row.endedAfter === null ? (
          <Clock at={row.endedAt} />
        ) : (
          t.rich("between", { from: () => <Clock at={row.endedAfter ?? row.endedAt} />, to: () => <Clock at={row.endedAt} /> })
        )}
      </td>
    </tr>
  );
}

interface FilterByProps {
  name: FilterKey;
  value: string | null;
  onFilter: HistoryFilterState["set"];
  mono?: boolean;
}

/** One target a cell, so that each is large enough (WCAG 2.5.8). A value that narrows the list to itself; what is not known says so. */
function FilterBy({ name, value, onFilter, mono = false }: FilterByProps) {
  const t = useTranslations("history");
  if (value === null || value === "")
    return (
      <span className="nodata-t" title={t(`unknown.${name === "failureReason" ? "failureReason" : "other"}`)}>
        {t("noData")}
      </span>
    );
  return (
    <button
      type="button"
      className={mono ? "filter-by mono" : "filter-by"}
      title={t("filterBy", { what: t(`field.${name}`), value })}
      onClick={() => onFilter({ [name]: value })}
    >
      {value}
    </button>
  );
}
