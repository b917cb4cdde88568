import type { SortKey } from "./sort-jobs.ts";

/** Columns of the job table in their order. */
export const COLUMN_IDS = [
  "verdict",
  "job",
  "place",
  "stage",
  "age",
  "cpu",
  "memory",
  "containers",
  "namespace",
  "pod",
  "cluster",
  "id",
  "restarts",
  "created",
] as const;
export type ColumnId = (typeof COLUMN_IDS)[number];
export const DEFAULT_COLUMNS: readonly ColumnId[] = ["verdict", "job", "place", "stage", "age", "cpu", "memory", "containers"];
/** Without these a row says nothing. */
export const FIXED_COLUMNS: ReadonlySet<ColumnId> = new Set<ColumnId>(["verdict", "job"]);

/** What a click on a column's head sorts by. */
export const COLUMN_SORT: Readonly<Record<ColumnId, SortKey>> = {
  verdict: "harm",
  job: "job",
  place: "node",
  stage: "stage",
  age: "age",
  cpu: "cpu",
  memory: "memory",
  containers: "containers",
  namespace: "namespace",
  pod: "pod",
  cluster: "cluster",
  id: "id",
  restarts: "restarts",
  created: "created",
};
