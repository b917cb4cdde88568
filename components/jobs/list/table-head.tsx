"use client";

import type { ReactTable } from "@tanstack/react-table";
import { useTranslations } from "next-intl";
import { Icon } from "@/components/ui/icon.tsx";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { COLUMN_SORT } from "./column-ids.ts";
import type { ColumnId } from "./column-ids.ts";
import type { JobFeatures } from "./columns.tsx";
import { startsDescending } from "./sort-jobs.ts";
import type { JobSort } from "./sort-jobs.ts";

interface TableHeadProps {
  table: ReactTable<JobFeatures, JobRow>;
  sort: JobSort;
  onSort: (sort: JobSort) => void;
}

/** The head stays in sight; a click sorts by the column, a second one turns the order round. */
export function TableHead({ table, sort, onSort }: TableHeadProps) {
  const t = useTranslations("jobs");
  return (
    <thead>
      <tr aria-rowindex={1}>
        {table.getVisibleLeafColumns().map((column) => {
          const id = column.id as ColumnId;
          const key = COLUMN_SORT[id];
          const sorted = sort.key === key;
          return (
            <th
              key={id}
              scope="col"
              className={column.columnDef.meta?.numeric ? "num" : undefined}
              {...(sorted ? { "aria-sort": sort.descending ? "descending" : "ascending" } : {})}
            >
              <button
                type="button"
                className="sort-head"
                onClick={() => onSort({ key, descending: sorted ? !sort.descending : startsDescending(key) })}
              >
                {t(`column.${id}`)}
                {sorted ? (
                  <span className="sort-arrow" data-descending={sort.descending}>
                    <Icon name="sort" />
                  </span>
                ) : null}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
