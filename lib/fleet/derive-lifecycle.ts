import { known, unknown, type Known, type Timestamp } from "../base/known.ts";
import { latest, type PodFacts } from "./pod-facts.ts";
import type { JobPhase, JobRow, LifecyclePhase, PhaseName } from "./schema.ts";

export interface Lifecycle {
  phase: JobPhase;
  phaseSince: Known<Timestamp>;
  lifecycle: LifecyclePhase[];
  /** Starts of the phases that were seen, in order. */
  bar: JobRow["bar"];
}

/** The four borders that Kubernetes alone can tell, and the end. */
interface Borders {
  created: Known<Timestamp>;
  scheduled: Known<Timestamp>;
  executing: Known<Timestamp>;
  cleanup: Known<Timestamp>;
  deleted: Known<Timestamp>;
}

/**
 * The eight phases as far as Kubernetes tells. Queue and pick-up happen before there is a pod; sources, script and artifacts all run
 * inside containers that are already up, and no field of the pod says which. Their borders are unknown, never guessed.
 */
export function deriveLifecycle(facts: PodFacts): Lifecycle {
  const borders = bordersOf(facts);
  const phase = phaseOf(facts, borders);
  const lifecycle: LifecyclePhase[] = [
    unseen("queued", unknown("not-collected"), unknown("not-collected")),
    unseen("picked-up", unknown("not-collected"), borders.created),
    between("scheduling", borders.created, borders.scheduled, phase),
    between("starting", borders.scheduled, borders.executing, phase),
    ...executingPhases(facts, borders),
    between("cleanup", borders.cleanup, borders.deleted, phase),
  ];
  const starts: [JobPhase, Known<Timestamp>][] = [
    ["scheduling", borders.created],
    ["starting", borders.scheduled],
    ["executing", borders.executing],
    ["cleanup", borders.cleanup],
    ["ended", facts.ended === null ? unknown("not-reached") : known(facts.ended.deletedAt, facts.ended.deletedAt, "watch DELETED")],
  ];
  const bar = starts.flatMap(([name, start]) => (start.state === "known" ? [{ phase: name, start: start.value }] : []));
  return { phase, phaseSince: startOf(phase, borders), lifecycle, bar };
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
        : ended.ending === "missed"
          ? unknown("not-seen")
          : known(ended.deletedAt, ended.deletedAt, "watch DELETED"),
  };
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

function unseen(phase: PhaseName, start: Known<Timestamp>, end: Known<Timestamp>): LifecyclePhase {
  return { phase, status: "unseen", start, end };
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

function executingPhases({ pod }: PodFacts, borders: Borders): LifecyclePhase[] {
  const reached = borders.executing.state === "known" || pod.phase === "Running";
  const border = unknown(reached ? "not-collected" : "not-reached");
  return (["sources", "script", "artifacts"] as const).map((phase) => ({
    phase,
    status: reached ? "unseen" : "pending",
    start: border,
    end: border,
  }));
}
