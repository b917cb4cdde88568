import { known, unknown, type Known, type Timestamp } from "../base/known.ts";
import { deriveWork, endOfWork, type Work } from "./link/derive-work.ts";
import { refineWork } from "./link/refine-work.ts";
import { WORK_PHASES } from "./link/stage-phase.ts";
import { goneAfter, latest, type PodFacts } from "./pod-facts.ts";
import type { JobPhase, JobRow, LifecyclePhase, PhaseName } from "./schema.ts";

export interface Lifecycle {
  phase: JobPhase;
  phaseSince: Known<Timestamp>;
  lifecycle: LifecyclePhase[];
  /** Starts of the phases that were seen, in order. */
  bar: JobRow["bar"];
}

/** The borders that Kubernetes alone can tell, and the end. */
interface Borders {
  created: Known<Timestamp>;
  scheduled: Known<Timestamp>;
  executing: Known<Timestamp>;
  cleanup: Known<Timestamp>;
  deleted: Known<Timestamp>;
}

/**
 * The eight phases as far as the sources tell. Queue and pick-up happen before there is a pod: GitLab knows them, and the manager when it
 * took the job. Sources, script and artifacts all run inside containers that are already up: only the manager's list says which. Borders
 * that nobody saw are unknown, never guessed.
 */
export function deriveLifecycle(facts: PodFacts): Lifecycle {
  const borders = bordersOf(facts);
  const pod = phaseOf(facts, borders);
  const work = deriveWork(facts.links.track, borders.executing);
  const phase = pod === "executing" && work !== null && facts.links.track?.left === null ? work.last : pod;
  const before = beforePod(facts);
  const lifecycle: LifecyclePhase[] = [
    early("queued", before.queued, before.picked),
    early("picked-up", before.picked, borders.created),
    between("scheduling", borders.created, borders.scheduled, pod),
    between("starting", borders.scheduled, borders.executing, pod),
    ...refineWork(
      work === null ? unseenWork(facts, borders) : seenWork(facts, work, { now: phase, pod, cleanup: borders.cleanup }),
      facts.logs ?? null,
    ),
    between("cleanup", borders.cleanup, borders.deleted, pod),
  ];
  const working: [JobPhase, Known<Timestamp>][] =
    work === null ? [["executing", borders.executing]] : WORK_PHASES.map((name) => [name, work.starts[name]]);
  const starts: [JobPhase, Known<Timestamp>][] = [
    ["queued", before.queued],
    ["picked-up", before.picked],
    ["scheduling", borders.created],
    ["starting", borders.scheduled],
    ...working,
    ["cleanup", borders.cleanup],
    ["ended", endedAt(facts)],
  ];
  const bar = starts.flatMap(([name, start]) => (start.state === "known" ? [{ phase: name, start: start.value }] : []));
  const phaseSince = work !== null && phase === work.last ? work.starts[work.last] : startOf(phase, borders);
  return { phase, phaseSince, lifecycle, bar };
}

/** When the job began to wait in GitLab, and when a manager took it: GitLab's own times before the manager's. */
function beforePod({ pod, links: { record, track, noRecord, asked } }: PodFacts): { queued: Known<Timestamp>; picked: Known<Timestamp> } {
  // Clocks differ; what comes before the pod cannot be after it.
  const early = (at: Timestamp, source: string) => known(Date.parse(at) > Date.parse(pod.createdAt) ? pod.createdAt : at, at, source);
  const queued = record?.queuedAt ?? null;
  const started = record?.startedAt ?? null;
  const took = track?.tookMs ?? null;
  const missing = record === null ? noRecord : "not-set";
  return {
    queued: queued === null ? unknown(missing) : early(queued, "GitLab, job.queued_at"),
    picked:
      started !== null
        ? early(started, "GitLab, job.started_at")
        : took !== null
          ? early(new Date(took).toISOString(), "manager /debug/jobs/list, duration")
          : unknown(asked && missing === "not-connected" ? "not-seen" : missing),
  };
}

function early(phase: PhaseName, start: Known<Timestamp>, end: Known<Timestamp>): LifecyclePhase {
  return { phase, status: start.state === "known" && end.state === "known" ? "done" : "unseen", start, end };
}

function bordersOf(facts: PodFacts): Borders {
  const { pod, ended, deletionRequestedAt } = facts;
  return {
    created: known(pod.createdAt, pod.createdAt, "pod.metadata.creationTimestamp"),
    scheduled: scheduledAt(facts),
    executing: executingAt(facts),
    cleanup: cleanupAt(facts, deletionRequestedAt),
    deleted:
      ended === null
        ? unknown("not-reached")
        : goneAfter(facts) !== null
          ? unknown("not-seen")
          : known(ended.deletedAt, ended.deletedAt, "watch DELETED"),
  };
}

/** Where its bar ends: when the pod went; where nobody saw that, the last time at which it is known to have been there. */
function endedAt(facts: PodFacts): Known<Timestamp> {
  if (facts.ended === null) return unknown("not-reached");
  const at = goneAfter(facts) ?? facts.ended.deletedAt;
  return known(at, at, "watch DELETED");
}

function scheduledAt({ pod, scheduled }: PodFacts): Known<Timestamp> {
  if (scheduled?.status === "True" && scheduled.lastTransitionAt !== null) {
    return known(scheduled.lastTransitionAt, scheduled.lastTransitionAt, "pod.status.conditions[PodScheduled].lastTransitionTime");
  }
  return unknown(pod.node === null ? "not-reached" : "not-seen");
}

/** The runner waits for phase Running, which needs every container started; the last start is the border. */
function executingAt({ pod, containers }: PodFacts): Known<Timestamp> {
  const regular = containers.filter((container) => pod.containers.find((one) => one.name === container.name)?.kind === "regular");
  const started = regular.map((container) => {
    if (container.state.state === "unknown" || container.state.value.kind === "waiting") return null;
    return container.state.value.startedAt;
  });
  const last = latest(started);
  if (last !== null && !started.includes(null)) return known(last, last, "pod.status.containerStatuses.state.startedAt");
  return unknown(pod.phase === "Running" ? "not-seen" : "not-reached");
}

function cleanupAt({ pod, containers, ended }: PodFacts, deletionRequestedAt: Timestamp | null): Known<Timestamp> {
  if (deletionRequestedAt !== null) return known(deletionRequestedAt, deletionRequestedAt, "pod.metadata.deletionTimestamp");
  if (isFinished(pod.phase)) {
    const last = latest(
      containers.map(({ state }) => (state.state === "known" && state.value.kind === "terminated" ? state.value.finishedAt : null)),
    );
    return last === null ? unknown("not-set") : known(last, last, "pod.status.containerStatuses.state.terminated.finishedAt");
  }
  return unknown(ended === null ? "not-reached" : "not-seen");
}

function isFinished(phase: PodFacts["pod"]["phase"]): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

function phaseOf({ pod, ended, deletionRequestedAt, scheduled }: PodFacts, borders: Borders): JobPhase {
  if (ended !== null) return "ended";
  if (deletionRequestedAt !== null || isFinished(pod.phase)) return "cleanup";
  if (borders.executing.state === "known" || pod.phase === "Running") return "executing";
  return scheduled?.status === "True" || pod.node !== null ? "starting" : "scheduling";
}

function startOf(phase: JobPhase, borders: Borders): Known<Timestamp> {
  if (phase === "scheduling") return borders.created;
  if (phase === "starting") return borders.scheduled;
  if (phase === "executing") return borders.executing;
  return phase === "cleanup" ? borders.cleanup : borders.deleted;
}

const ORDER: readonly JobPhase[] = ["scheduling", "starting", "executing", "cleanup", "ended"];

/** A phase between two borders of its own. One that began and was cut short has no end of its own: `unseen`, end `not-reached`. */
function between(phase: PhaseName, start: Known<Timestamp>, end: Known<Timestamp>, now: JobPhase): LifecyclePhase {
  if (phase === now) return { phase, status: "current", start, end: unknown("not-reached") };
  if (ORDER.indexOf(phase) > ORDER.indexOf(now))
    return { phase, status: "pending", start: unknown("not-reached"), end: unknown("not-reached") };
  if (start.state === "known" && end.state === "known") return { phase, status: "done", start, end };
  const never = start.state === "unknown" && start.reason === "not-reached";
  return { phase, status: never ? "pending" : "unseen", start, end };
}

function unseenWork({ pod, links }: PodFacts, borders: Borders): LifecyclePhase[] {
  const reached = borders.executing.state === "known" || pod.phase === "Running";
  const border = unknown(reached ? (links.asked ? "not-seen" : "not-connected") : "not-reached");
  return WORK_PHASES.map((phase) => ({ phase, status: reached ? "unseen" : "pending", start: border, end: border }));
}

/** A phase ends where the next one that was seen begins, the last one at the deletion if the list was looked at until then. */
function seenWork(
  { links }: PodFacts,
  { starts, last }: Work,
  { now, pod, cleanup }: { now: JobPhase; pod: JobPhase; cleanup: Known<Timestamp> },
): LifecyclePhase[] {
  return WORK_PHASES.map((phase, index) => {
    const start = starts[phase];
    if (phase === now) return { phase, status: "current", start, end: unknown("not-reached") };
    if (index > WORK_PHASES.indexOf(last)) {
      const never = unknown(pod === "executing" ? "not-reached" : "not-seen");
      return { phase, status: pod === "executing" ? "pending" : "unseen", start: never, end: never };
    }
    const next = WORK_PHASES[index + 1];
    const end = phase === last ? (endOfWork(links.track, cleanup) ?? unknown("not-seen")) : next === undefined ? cleanup : starts[next];
    return { phase, status: start.state === "known" && end.state === "known" ? "done" : "unseen", start, end };
  });
}
