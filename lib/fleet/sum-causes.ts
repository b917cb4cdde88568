import type { Timestamp } from "../base/known.ts";
import type { Cause } from "./job-causes.ts";
import type { JobRow } from "./schema.ts";

/** Jobs with the same cause, counted. Sums of different jobs can be joined, so that thousands of them need not be looked at again. */
export interface CauseGroup {
  readonly kind: Cause["kind"];
  readonly key: string;
  readonly jobs: number;
  readonly live: number;
  readonly confirmed: number;
  /** Of jobs in which something was killed: those that ended by it, and those of which it is not known (or not yet). */
  readonly killed: { readonly ended: number; readonly open: number };
  /** By their requests. */
  readonly cost: { readonly cpuMillicores: number; readonly memoryBytes: number };
  readonly verdicts: ReadonlySet<JobRow["verdict"]["kind"]>;
  /** The first by its key; it names what all have in common. */
  readonly first: JobRow;
  /** The oldest cause speaks for all; of several as old, that of the first job by its key: the order of arrival plays no part. */
  readonly speaker: JobRow;
  readonly since: Timestamp | null;
  readonly statement: Cause["statement"];
}

/** A job by itself. */
export function groupOf(row: JobRow, { kind, key, statement, since, confirmed }: Cause): CauseGroup {
  const { verdict, requests } = row;
  const possible = verdict.kind === "oom-killed" && verdict.certainty === "possible";
  return {
    kind,
    key: `${kind} ${row.cluster} ${key}`,
    jobs: 1,
    live: row.ending === "live" ? 1 : 0,
    confirmed: confirmed ? 1 : 0,
    killed: { ended: verdict.kind === "oom-killed" && !possible ? 1 : 0, open: verdict.kind === "unknown" || possible ? 1 : 0 },
    cost: { cpuMillicores: requests.cpuMillicores ?? 0, memoryBytes: requests.memoryBytes ?? 0 },
    verdicts: new Set([verdict.kind]),
    first: row,
    speaker: row,
    since,
    statement,
  };
}

/** Puts a group to those of the same cause. */
export function addGroup(groups: Map<string, CauseGroup>, more: CauseGroup): void {
  const known = groups.get(more.key);
  groups.set(more.key, known === undefined ? more : join(known, more));
}

function join(a: CauseGroup, b: CauseGroup): CauseGroup {
  const { speaker, since, statement } = speaksBefore(b, a) ? b : a;
  return {
    kind: a.kind,
    key: a.key,
    jobs: a.jobs + b.jobs,
    live: a.live + b.live,
    confirmed: a.confirmed + b.confirmed,
    killed: { ended: a.killed.ended + b.killed.ended, open: a.killed.open + b.killed.open },
    cost: { cpuMillicores: a.cost.cpuMillicores + b.cost.cpuMillicores, memoryBytes: a.cost.memoryBytes + b.cost.memoryBytes },
    verdicts: [...b.verdicts].every((kind) => a.verdicts.has(kind)) ? a.verdicts : new Set([...a.verdicts, ...b.verdicts]),
    first: b.first.key < a.first.key ? b.first : a.first,
    speaker,
    since,
    statement,
  };
}

function speaksBefore(a: CauseGroup, b: CauseGroup): boolean {
  const [mine, its] = [ageOf(a), ageOf(b)];
  return mine < its || (mine === its && a.speaker.key < b.speaker.key);
}

function ageOf({ since }: CauseGroup): number {
  return since === null ? Number.POSITIVE_INFINITY : Date.parse(since);
}
