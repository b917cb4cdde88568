import { valueOf, unknown, type Timestamp } from "../../base/known.ts";
import { shareText } from "../../base/share-equal.ts";
import { throttledShareOf } from "../derive-row-use.ts";
import type { Finding, Job, JobRow, LastHour, Sentence, Verdict } from "../schema.ts";

/** One container of one job in which something was killed or which was throttled. */
export interface Harm {
  readonly kind: LastHour["marks"][number]["kind"];
  readonly row: JobRow;
  readonly container: string;
  readonly at: Timestamp;
  readonly atMs: number;
  readonly sentence: Sentence;
  readonly share: number | null;
  readonly seconds: number | null;
  /** The same for the same container of all runs of one job. */
  readonly group: string;
}

const NONE: readonly Harm[] = [];

/** A confirmed end by a kill is said by the verdict alone; else the finding says it, and the verdict speaks of the same kill. */
export function findHarms(job: Job, row: JobRow): readonly Harm[] {
  if (job.findings.length === 0 && job.verdict.kind !== "oom-killed") return NONE;
  const harms = new Map<string, Harm>();
  const add = (kind: Harm["kind"], statement: Finding | Verdict) => {
    const { container, sentence } = statement;
    const at = statement.at ?? job.deletedAt ?? job.lastSeen;
    if (container === null || harms.has(`${kind} ${container}`)) return;
    const usage = valueOf(job.containers.find((one) => one.name === container)?.usage ?? unknown("not-seen"));
    const cpu = kind === "cpu-throttling" ? usage : null;
    harms.set(`${kind} ${container}`, {
      kind,
      row,
      container,
      at,
      atMs: Date.parse(at),
      sentence,
      share: cpu === null ? null : throttledShareOf(cpu),
      seconds: cpu?.cfs?.throttledSeconds ?? null,
      group: groupOf(kind, row, container),
    });
  };
  for (const finding of job.findings) if (finding.kind === "oom-kill" || finding.kind === "cpu-throttling") add(finding.kind, finding);
  if (job.verdict.kind === "oom-killed") add("oom-kill", job.verdict);
  return harms.size === 0 ? NONE : [...harms.values()];
}

function groupOf(kind: Harm["kind"], { cluster, gitlab, key }: JobRow, container: string): string {
  return shareText(JSON.stringify([kind, cluster, valueOf(gitlab.project), valueOf(gitlab.name) ?? key, container]));
}
