"use client";

import { useTranslations } from "next-intl";
import { Icon } from "@/components/ui/icon.tsx";
import type { GroupCount, JobGroup } from "./group-jobs.ts";

interface GroupLineProps {
  item: { group: JobGroup; collapsed: boolean };
  columns: number;
  rowIndex: number;
  index: number;
  card: boolean;
  measure: ((element: HTMLTableRowElement | null) => void) | null;
  onToggle: (key: string, closed: boolean) => void;
}

/** Head of a group: opens and closes it, and says how many it holds and of what. */
export function GroupLine({ item: { group, collapsed }, columns, rowIndex, index, card, measure, onToggle }: GroupLineProps) {
  const t = useTranslations("jobs");
  const title = useGroupTitle(group);
  const summary = useSummary(group.summary);
  return (
    <tr ref={measure} data-index={index} className="group" aria-rowindex={rowIndex} {...(card ? { role: "row" } : {})}>
      <td colSpan={columns} {...(card ? { role: "cell" } : {})}>
        <button type="button" className="group-toggle" aria-expanded={!collapsed} onClick={() => onToggle(group.key, !collapsed)}>
          <span className="chevron" data-open={!collapsed}>
            <Icon name="chevron" />
          </span>
          <b>{title}</b>
          <span className="count">{group.jobs.length}</span>
          {group.grouping !== "urgency" && group.look > 0 ? (
            <span className="text-status-waiting">{t("group.look", { count: group.look })}</span>
          ) : null}
          <span className="trunc only-wide">{summary}</span>
        </button>
      </td>
    </tr>
  );
}

function useGroupTitle({ grouping, value }: JobGroup): string {
  const t = useTranslations("jobs");
  if (grouping === "urgency") return t(`urgency.${value as "look"}`);
  if (grouping === "phase") return t(`phase.${value as "script"}`);
  if (value !== "") return value;
  return grouping === "node" ? t("noNode") : t("group.unknown", { grouping: t(`grouping.${grouping}`) });
}

function useSummary(summary: readonly GroupCount[]): string {
  const t = useTranslations("jobs");
  return summary
    .map((part) => t("group.part", { count: part.count, what: part.of === "phase" ? t(`phase.${part.kind}`) : t(`verdict.${part.kind}`) }))
    .join(t("group.separator"));
}
