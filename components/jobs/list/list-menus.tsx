"use client";

import { useTranslations } from "next-intl";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import type { IconName } from "@/components/ui/icon.tsx";
import { COLUMN_IDS, DEFAULT_COLUMNS, FIXED_COLUMNS } from "./column-ids.ts";
import type { ColumnId } from "./column-ids.ts";
import { GROUPINGS } from "./group-jobs.ts";
import type { Grouping } from "./group-jobs.ts";
import { SORT_KEYS } from "./sort-jobs.ts";
import type { JobSort, SortKey } from "./sort-jobs.ts";

interface MenuProps {
  icon: IconName;
  label: string;
  /** What stands on the button; only the icon without it. */
  text?: string;
  children: ReactNode;
}

function Menu({ icon, label, text, children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button iconOnly={text === undefined} aria-label={text ?? label}>
          <Icon name={icon} />
          {text === undefined ? null : <span>{text}</span>}
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="list-menu" align="end" sideOffset={4} aria-label={label}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Mark() {
  return (
    <DropdownMenu.ItemIndicator className="list-menu-mark">
      <Icon name="check" />
    </DropdownMenu.ItemIndicator>
  );
}

/** By what the jobs are put together. */
export function GroupMenu({ grouping, onGrouping }: { grouping: Grouping; onGrouping: (grouping: Grouping) => void }) {
  const t = useTranslations("jobs");
  return (
    <Menu icon="group" label={t("grouping.label")} text={t("grouping.button", { grouping: t(`grouping.${grouping}`) })}>
      <DropdownMenu.RadioGroup value={grouping} onValueChange={(value) => onGrouping(value as Grouping)}>
        {GROUPINGS.map((one) => (
          <DropdownMenu.RadioItem key={one} value={one} className="list-menu-item">
            <Mark />
            {t(`grouping.${one}`)}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </Menu>
  );
}

/** All orders, also those that no column's head offers, and the only way to sort where rows are cards. */
export function SortMenu({ sort, onSort }: { sort: JobSort; onSort: (sort: JobSort) => void }) {
  const t = useTranslations("jobs");
  return (
    <Menu icon="sort" label={t("sort.label")} text={t("sort.button", { key: t(`sort.key.${sort.key}`) })}>
      <DropdownMenu.CheckboxItem
        className="list-menu-item"
        checked={sort.descending}
        onCheckedChange={(descending) => onSort({ ...sort, descending })}
      >
        <Mark />
        {t("sort.descending")}
      </DropdownMenu.CheckboxItem>
      <DropdownMenu.Separator className="list-menu-line" />
      <DropdownMenu.RadioGroup
        value={sort.key}
        onValueChange={(key) => onSort({ key: key as SortKey, descending: key === "harm" || key === "age" })}
      >
        {SORT_KEYS.map((key) => (
          <DropdownMenu.RadioItem key={key} value={key} className="list-menu-item">
            <Mark />
            {t(`sort.key.${key}`)}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </Menu>
  );
}

/** Which columns show. The menu stays open, so that several can be changed. */
export function ColumnMenu({ columns, onColumns }: { columns: readonly ColumnId[]; onColumns: (columns: readonly ColumnId[]) => void }) {
  const t = useTranslations("jobs");
  return (
    <Menu icon="columns" label={t("columns.label")}>
      {COLUMN_IDS.map((id) => (
        <DropdownMenu.CheckboxItem
          key={id}
          className="list-menu-item"
          checked={columns.includes(id)}
          disabled={FIXED_COLUMNS.has(id)}
          onSelect={(event) => event.preventDefault()}
          onCheckedChange={(shown) => onColumns(shown ? [...columns, id] : columns.filter((one) => one !== id))}
        >
          <Mark />
          {t(`column.${id}`)}
        </DropdownMenu.CheckboxItem>
      ))}
      <DropdownMenu.Separator className="list-menu-line" />
      <DropdownMenu.Item className="list-menu-item" onSelect={() => onColumns(DEFAULT_COLUMNS)}>
        {t("columns.reset")}
      </DropdownMenu.Item>
    </Menu>
  );
}
