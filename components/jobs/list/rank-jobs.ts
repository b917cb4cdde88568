import type { JobRow, VerdictKind } from "@/lib/fleet/schema.ts";

/** Verdicts from most to least harm: what killed work, then what holds work up, then what goes its way. */
export const VERDICTS_BY_HARM: readonly VerdictKind[] = [
  "oom-killed",
  "evicted",
  "node-lost",
  "runner-system-failure",
  "runner-interrupted",
  "deleted-externally",
  "image-pull-failed",
  "dind-not-ready",
  "service-failed",
  "orphaned",
  "timed-out",
  "waiting-cluster",
  "waiting-image",
  "waiting-request-path",
  "waiting-slot",
  "script-failed",
  "unknown",
  "running",
  "cancelled",
  "succeeded",
];
const HARM: ReadonlyMap<VerdictKind, number> = new Map(VERDICTS_BY_HARM.map((kind, index) => [kind, index]));

/** A wait becomes worth a look after two minutes: a cold image of some GB takes one, a scale-up of nodes takes two. */
export const LONG_WAIT_MS = 120_000;

const WAITS: ReadonlySet<VerdictKind> = new Set(["waiting-cluster", "waiting-image", "waiting-request-path", "waiting-slot"]);
/** The code's own answer, or a person's: not something the fleet should be looked at for. */
const CALM: ReadonlySet<VerdictKind> = new Set(["running", "succeeded", "cancelled", "script-failed", "unknown"]);
const LOUD_FINDINGS: ReadonlySet<JobRow["findings"][number]> = new Set(["oom-kill", "dind-slow", "cpu-throttling"]);

/** What the list asks about a job over and over, worked out once for each version of it. */
export interface Ranked {
  job: JobRow;
  /** 0 is the worst. */
  harm: number;
  waits: boolean;
  /** From when on (ms since the epoch) it deserves a look; -Infinity: already, Infinity: never. */
  lookFrom: number;
  createdMs: number;
  /** Null while the pod is there. */
  endedMs: number | null;
}

const cache = new WeakMap<JobRow, Ranked>();

/** Cached by identity: an unchanged job keeps its identity over all patches, so only changed jobs are worked out again. */
export function rankJob(job: JobRow): Ranked {
  const known = cache.get(job);
  if (known !== undefined) return known;
  const createdMs = Date.parse(job.createdAt);
  const ranked: Ranked = {
    job,
    harm: HARM.get(job.verdict.kind) ?? VERDICTS_BY_HARM.length,
    waits: WAITS.has(job.verdict.kind),
    lookFrom: lookFrom(job, createdMs),
    createdMs,
    endedMs: job.deletedAt === null ? null : Date.parse(job.deletedAt),
  };
  cache.set(job, ranked);
  return ranked;
}

function lookFrom(job: JobRow, createdMs: number): number {
  const { kind } = job.verdict;
  if (job.findings.some((finding) => LOUD_FINDINGS.has(finding))) return Number.NEGATIVE_INFINITY;
  if (WAITS.has(kind)) return (job.phaseSince.state === "known" ? Date.parse(job.phaseSince.value) : createdMs) + LONG_WAIT_MS;
  return CALM.has(kind) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

export function isEnded(job: JobRow): boolean {
  return job.ending !== "live";
}

/** Age of a live pod, or how long an ended one lived; ms. */
export function ageMs({ createdMs, endedMs }: Ranked, now: number): number {
  return Math.max(0, (endedMs ?? now) - createdMs);
}

export const JOB_VIEWS = ["live", "look", "ended", "all"] as const;
export type JobView = (typeof JOB_VIEWS)[number];

/** Whether a job belongs to a view. "Needs a look" keeps ended pods too: most killed jobs lose their pod within seconds. */
export function isInView(ranked: Ranked, view: JobView, now: number): boolean {
  if (view === "all") return true;
  if (view === "look") return now >= ranked.lookFrom;
  return isEnded(ranked.job) === (view === "ended");
}
