import type { UnknownReason } from "@/lib/base/known.ts";
import type { HeldJob, JobRow, Manager } from "@/lib/fleet/schema.ts";
import { QUIET_VERDICTS, VERDICT_SHAPES } from "../jobs/verdict-shape.ts";

/** Colour and letter of a cell; `unknown`: a job of which the stage is not told. */
export type SlotStage = "pod" | "pull" | "clone" | "cache" | "script" | "artifacts" | "cleanup" | "unknown";

/** One letter a stage, the same in every language: N scheduling, P image pull, C clone, K cache, S script, A artifacts, X cleanup. */
export const STAGE_LETTERS: Readonly<Record<SlotStage, string>> = {
  pod: "N",
  pull: "P",
  clone: "C",
  cache: "K",
  script: "S",
  artifacts: "A",
  cleanup: "X",
  unknown: "?",
};
const STAGES = Object.keys(STAGE_LETTERS) as SlotStage[];

/** What was seen of a job beside its stage, as a shape in the corner of its cell. */
export interface SlotMark {
  shape: (typeof VERDICT_SHAPES)[JobRow["verdict"]["kind"]]["shape"] | "throttled";
  tone: (typeof VERDICT_SHAPES)[JobRow["verdict"]["kind"]]["tone"] | "throttled";
  /** Kind of the verdict or the finding it stands for. */
  says: { of: "verdict"; kind: JobRow["verdict"]["kind"] } | { of: "finding"; kind: JobRow["findings"][number] };
}

export type SlotCell =
  | { kind: "job"; id: string; stage: SlotStage; since: string | null; jobId: string | null; job: JobRow | null; mark: SlotMark | null }
  /** In use by the manager's count, but not on its list of jobs. */
  | { kind: "held"; id: string }
  /** `blocked`: free, and GitLab's answers keep it empty. */
  | { kind: "free"; id: string; blocked: boolean };

export interface SlotRow {
  manager: Manager;
  cells: SlotCell[];
  /** Cells beyond those drawn. */
  more: number;
  /** Why nothing is known of its slots; null: they are known. */
  reason: UnknownReason | null;
  total: number | null;
  used: number | null;
  free: number | null;
  blocked: boolean;
}

/** So many cells of one manager are drawn; what is beyond is a figure. */
const MOST_CELLS = 120;

/** A manager's slots as cells: jobs first, longest held first, then what else it counts as used, then what is free. */
export function prepareSlotRow(manager: Manager, jobs: ReadonlyMap<string, JobRow>, failing: readonly string[]): SlotRow {
  const { slots } = manager;
  const held = manager.jobs.state === "known" ? manager.jobs.value : [];
  const total = slots.total.state === "known" ? slots.total.value : null;
  const used = slots.used.state === "known" ? slots.used.value : null;
  const free = slots.free.state === "known" ? slots.free.value : null;
  const unknownSlots = slots.total.state === "unknown" ? slots.total : slots.used.state === "unknown" ? slots.used : null;
  const blocked = failing.includes(manager.pod);
  const all: SlotCell[] = held.map((one, index) => jobCell(one, index, one.key === null ? null : (jobs.get(one.key) ?? null)));
  for (let at = all.length; used !== null && at < used; at++) all.push({ kind: "held", id: `held-${at}` });
  for (let at = all.length; unknownSlots === null && total !== null && at < total; at++)
    all.push({ kind: "free", id: `free-${at}`, blocked });
  const cells = all.slice(0, MOST_CELLS);
  return { manager, cells, more: all.length - cells.length, reason: unknownSlots?.reason ?? null, total, used, free, blocked };
}

function jobCell(held: HeldJob, index: number, job: JobRow | null): SlotCell {
  const id = held.key ?? `job-${held.jobId ?? index}`;
  return {
    kind: "job",
    id,
    stage: stageOf(held, job),
    since: held.tookAt ?? job?.createdAt ?? null,
    jobId: held.jobId,
    job,
    mark: job === null ? null : markOf(job),
  };
}

/** The runner's stage (common/build_stage.go), where it has none the pod's phase. Deletion of the pod is later than any stage. */
function stageOf({ stage, phase }: HeldJob, job: JobRow | null): SlotStage {
  if (job !== null && (job.phase === "cleanup" || job.phase === "ended")) return "cleanup";
  if (/^(restore_cache|download_artifacts)/.test(stage)) return "cache";
  switch (phase) {
    case "sources":
      return "clone";
    case "script":
    case "artifacts":
    case "cleanup":
      return phase;
    case "starting":
      return job === null || job.phase === "scheduling" || job.phase === "picked-up" ? "pod" : "pull";
    case null:
      return "unknown";
  }
}

function markOf(job: JobRow): SlotMark | null {
  const { kind } = job.verdict;
  if (!QUIET_VERDICTS.has(kind)) {
    const { shape, tone } = VERDICT_SHAPES[kind];
    return { shape, tone, says: { of: "verdict", kind } };
  }
  if (job.findings.includes("oom-kill")) return { shape: "oom-killed", tone: "danger", says: { of: "finding", kind: "oom-kill" } };
  if (job.findings.includes("cpu-throttling"))
    return { shape: "throttled", tone: "throttled", says: { of: "finding", kind: "cpu-throttling" } };
  return null;
}

export interface StageCount {
  stage: SlotStage;
  count: number;
}

/** Held jobs by stage, in the order of a job's life. */
export function countStages(rows: readonly SlotRow[]): StageCount[] {
  const counts = new Map<SlotStage, number>();
  for (const { cells } of rows)
    for (const cell of cells) if (cell.kind === "job") counts.set(cell.stage, (counts.get(cell.stage) ?? 0) + 1);
  return STAGES.flatMap((stage) => (counts.has(stage) ? [{ stage, count: counts.get(stage) ?? 0 }] : []));
}

/** A name that fits beside its slots: a long pod's name is cut to its end, which is what differs between replicas. */
export function shortPodName(pod: string): string {
  const tail = pod.slice(pod.lastIndexOf("-") + 1);
  return pod.length <= 16 || tail.length < 4 ? pod : `…${tail}`;
}

/** Managers in one order on all pages: by workload, then by pod. */
export function orderManagers(managers: Iterable<Manager>): Manager[] {
  return [...managers].toSorted(
    (a, b) =>
      a.cluster.localeCompare(b.cluster) ||
      a.namespace.localeCompare(b.namespace) ||
      (a.workload ?? "").localeCompare(b.workload ?? "") ||
      a.pod.localeCompare(b.pod),
  );
}
