"use client";

import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { Menu, MenuAction, MenuCheck, MenuChoice, MenuLine } from "@/components/ui/menu.tsx";
import { COLUMN_IDS, DEFAULT_COLUMNS, FIXED_COLUMNS } from "./column-ids.ts";
import type { ColumnId } from "./column-ids.ts";
import { GROUPINGS } from "./group-jobs.ts";
import type { Grouping } from "./group-jobs.ts";
import { SORT_KEYS, startsDescending } from "./sort-jobs.ts";
import type { JobSort } from "./sort-jobs.ts";

/** By what the jobs are put together. */
export function GroupMenu({ grouping, onGrouping }: { grouping: Grouping; onGrouping: (grouping: Grouping) => void }) {
  const t = useTranslations("jobs");
  const trigger = (
    <Button>
      <Icon name="group" />
      {t("grouping.button", { grouping: t(`grouping.${grouping}`) })}
    </Button>
  );
  return (
    <Menu trigger={trigger}>
      <MenuChoice
        label={t("grouping.label")}
        value={grouping}
        choices={GROUPINGS.map((one) => [one, t(`grouping.${one}`)])}
        onChoose={onGrouping}
      />
    </Menu>
  );
}

/** All orders, also those that no column's head offers, and the only way to sort where rows are cards. */
export function SortMenu({ sort, onSort }: { sort: JobSort; onSort: (sort: JobSort) => void }) {
  const t = useTranslations("jobs");
  const trigger = (
    <Button>
      <Icon name="sort" />
      {t("sort.button", { key: t(`sort.key.${sort.key}`) })}
    </Button>
  );
  return (
    <Menu trigger={trigger}>
      <MenuCheck label={t("sort.descending")} checked={sort.descending} onCheck={(descending) => onSort({ ...sort, descending })} />
      <MenuLine />
      <MenuChoice
        label={t("sort.label")}
        value={sort.key}
        choices={SORT_KEYS.map((key) => [key, t(`sort.key.${key}`)])}
        onChoose={(key) => onSort({ key, descending: startsDescending(key) })}
      />
    </Menu>
  );
}

/** Which columns show. */
export function ColumnMenu({ columns, onColumns }: { columns: readonly ColumnId[]; onColumns: (columns: readonly ColumnId[]) => void }) {
  const t = useTranslations("jobs");
  const trigger = (
    <Button iconOnly aria-label={t("columns.label")} title={t("columns.label")}>
      <Icon name="columns" />
    </Button>
  );
  return (
    <Menu trigger={trigger}>
      {COLUMN_IDS.map((id) => (
        <MenuCheck
          key={id}
          label={t(`column.${id}`)}
          checked={columns.includes(id)}
          disabled={FIXED_COLUMNS.has(id)}
          onCheck={(shown) => onColumns(shown ? [...columns, id] : columns.filter((one) => one !== id))}
        />
      ))}
      <MenuLine />
      <MenuAction label={t("columns.reset")} onAct={() => onColumns(DEFAULT_COLUMNS)} />
    </Menu>
  );
}
