"use client";

import { columnSizingFeature, columnVisibilityFeature, createColumnHelper, tableFeatures } from "@tanstack/react-table";
import type { ReactNode } from "react";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { AgeCell, ContainersCell, CreatedCell, IdCell, JobCell, PlaceCell, StageCell, TextCell, VerdictCell } from "./cells.tsx";
import { FIXED_COLUMNS } from "./column-ids.ts";
import type { ColumnId } from "./column-ids.ts";
import { restartsOf } from "./match-jobs.ts";
import { CpuCell, MemoryCell } from "./use-cells.tsx";

/** What a column adds to the table's own words: the class of its cells and whether figures stand to the right. */
interface ColumnLook {
  className: string;
  numeric: boolean;
}

export const features = tableFeatures({ columnVisibilityFeature, columnSizingFeature, columnMeta: {} as ColumnLook });
export type JobFeatures = typeof features;

const helper = createColumnHelper<JobFeatures, JobRow>();

function column(id: ColumnId, size: number, look: Partial<ColumnLook>, draw: (job: JobRow) => ReactNode) {
  return helper.display({
    id,
    size,
    enableHiding: !FIXED_COLUMNS.has(id),
    meta: { className: look.className ?? "", numeric: look.numeric ?? false },
    cell: ({ row }) => draw(row.original),
  });
}

/** Width of the job's column when there is no more room; it takes what the others leave. */
export const JOB_COLUMN_MIN = 200;

/** All columns of the table, in order; which of them show is in the address. */
export const JOB_COLUMNS = helper.columns([
  column("verdict", 250, { className: "v" }, (job) => <VerdictCell job={job} />),
  column("job", JOB_COLUMN_MIN, { className: "job" }, (job) => <JobCell job={job} />),
  column("place", 116, { className: "mgr" }, (job) => <PlaceCell job={job} />),
  column("stage", 140, { className: "stage" }, (job) => <StageCell job={job} />),
  column("age", 80, { className: "age num", numeric: true }, (job) => <AgeCell job={job} />),
  column("cpu", 140, { className: "cpu" }, (job) => <CpuCell job={job} />),
  column("memory", 160, { className: "mem" }, (job) => <MemoryCell job={job} />),
  column("containers", 112, { className: "ctrc" }, (job) => <ContainersCell job={job} />),
  column("namespace", 110, {}, (job) => <TextCell text={job.namespace} />),
  column("pod", 240, {}, (job) => <TextCell text={job.pod} />),
  column("cluster", 100, {}, (job) => <TextCell text={job.cluster} />),
  column("id", 84, { className: "num", numeric: true }, (job) => <IdCell job={job} />),
  column("restarts", 76, { className: "num", numeric: true }, (job) => restartsOf(job)),
  column("created", 110, { className: "num", numeric: true }, (job) => <CreatedCell job={job} />),
]);
