import type { Timestamp } from "../base/known.ts";
import type { Condition, EventRecord, PodRecord } from "../kubernetes/schema.ts";
import type { LogFacts } from "../logs/schema.ts";
import type { PodUsage, UsagePoint } from "../metrics/schema.ts";
import { deriveContainers } from "./derive-containers.ts";
import { heldBy, type KubeletState } from "./derive-usage.ts";
import type { JobLinks } from "./link/job-links.ts";
import type { ContainerView, Evidence } from "./schema.ts";

/** The last that was seen of a pod that is gone. */
export interface EndedPod {
  record: PodRecord;
  /** When that was noticed. */
  deletedAt: Timestamp;
  /** It may have gone since then: nobody could watch. null, or not there: it was noticed when it happened. */
  after?: Timestamp | null;
  ending: "watched" | "missed";
}

/** A node that does not say it is ready. `since` null: the node does not tell. */
export interface NodeTrouble {
  status: "False" | "Unknown";
  since: Timestamp | null;
}

/** The first refusal to pull an image that the pod's status showed; the status forgets it as soon as the pod is deleted. */
export interface PullRefusal {
  container: string;
  reason: string;
  message: string | null;
  at: Timestamp;
}

/** All that is known about one job pod, gathered once and read by everything that judges it. */
export interface PodFacts {
  pod: PodRecord;
  events: readonly EventRecord[];
  ended: EndedPod | null;
  deletionRequestedAt: Timestamp | null;
  containers: readonly ContainerView[];
  scheduled: Condition | null;
  node: NodeTrouble | null;
  refusal: PullRefusal | null;
  usage: PodUsage | null;
  /** Times that its logs told; null, or not there: nobody read them. */
  logs?: LogFacts | null;
  /** Of the pod's node; after the pod's end as it was then. */
  kubelet: KubeletState;
  /** Kills for memory that the node itself ran into, oldest first. */
  nodeKills: readonly EventRecord[];
  /** What managers and GitLab tell of it. */
  links: JobLinks;
  /** The time of the fold, milliseconds since the epoch. */
  atMs: number;
}

export function gatherFacts(parts: Omit<PodFacts, "deletionRequestedAt" | "containers" | "scheduled">): PodFacts {
  const deletionRequestedAt = deletionOf(parts.pod, parts.events);
  return {
    ...parts,
    deletionRequestedAt,
    containers: deriveContainers(parts.pod, deletionRequestedAt, parts.ended !== null, parts),
    scheduled: conditionOf(parts.pod, "PodScheduled"),
  };
}

/**
 * When deletion was asked for. The kubelet's own last delete has grace 0 and would move it to the pod's very end, so when only that
 * version was seen, the kubelet's first `Killing` is the better witness (seen: 30 s apart).
 */
function deletionOf(pod: PodRecord, events: readonly EventRecord[]): Timestamp | null {
  const { deletionRequestedAt } = pod;
  if (deletionRequestedAt === null || pod.deletionGraceSeconds !== 0) return deletionRequestedAt;
  const killing = events.filter((event) => event.reason === "Killing").map((event) => event.firstAt);
  return killing.reduce((first, at) => (Date.parse(at) < Date.parse(first) ? at : first), deletionRequestedAt);
}

/**
 * The earliest time at which a pod that is gone may have gone, where that was not seen: the last at which the watch had told all, and what the pod
 * itself shows to be later. null: it was seen, or the pod lives. Never later than `deletedAt`.
 */
export function goneAfter({
  pod,
  ended,
  containers,
  deletionRequestedAt,
}: Pick<PodFacts, "pod" | "ended" | "containers" | "deletionRequestedAt">): Timestamp | null {
  if (ended === null || (ended.ending === "watched" && ended.after == null)) return null;
  const ends = containers.map(({ state }) =>
    state.state === "known" && state.value.kind === "terminated" ? state.value.finishedAt : null,
  );
  const last = latest([ended.after ?? null, pod.createdAt, deletionRequestedAt, ...ends, ended.after == null ? pod.seenAt : null]);
  return last !== null && Date.parse(last) < Date.parse(ended.deletedAt) ? last : ended.deletedAt;
}

export function conditionOf(pod: Pick<PodRecord, "conditions">, type: string): Condition | null {
  return pod.conditions.find((condition) => condition.type === type) ?? null;
}

/** The steps of a container's use, oldest first; none where it was not sampled. */
export function pointsOf({ pod, usage }: Pick<PodFacts, "pod" | "usage">, name: string): readonly UsagePoint[] {
  const container = pod.containers.find((one) => one.name === name);
  return container === undefined || usage === null ? [] : (heldBy(container, usage)?.points ?? []);
}

/** Evidence from a field of the pod. */
export function podEvidence(field: string, value: string, at: Timestamp | null): Evidence {
  return { source: "pod status", field, value, at };
}

export function eventEvidence(event: EventRecord): Evidence {
  return { source: `event, ${event.component ?? "kubernetes"}`, field: event.reason, value: event.message, at: event.at };
}

/** A name that is missing in a sentence is the word `none`, which its words choose by. */
export function nameOr(text: string | null): string {
  return text ?? "none";
}

/** The later of times, by the clock and not by spelling: Kubernetes writes whole seconds, we write milliseconds. */
export function latest(times: readonly (Timestamp | null)[]): Timestamp | null {
  let last: Timestamp | null = null;
  for (const at of times) if (at !== null && (last === null || Date.parse(at) > Date.parse(last))) last = at;
  return last;
}
