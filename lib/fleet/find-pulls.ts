import type { Timestamp } from "../base/known.ts";
import { statusField } from "./derive-containers.ts";
import { eventEvidence, type PodFacts, type PullRefusal } from "./pod-facts.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import type { ContainerView, Evidence } from "./schema.ts";

/** Waiting reasons by which the kubelet says that it cannot get an image (`pkg/kubelet/images/types.go`). */
const PULL_REASONS: ReadonlySet<string> = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
  "InvalidImageName",
  "ErrImageNeverPull",
]);
/** Of these, the ones that no retry can heal. */
const PERMANENT: ReadonlySet<string> = new Set(["InvalidImageName", "ErrImageNeverPull"]);
/** Texts of the kubelet's event `Failed` that are about images; create and start errors share the reason. */
const FAILED_PULL =
  /^Failed to pull image|^Error: (ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)|^Failed to apply default image tag/;

/** A container whose image the kubelet could not get. */
export interface PullTrouble {
  container: ContainerView;
  /** It waits for it right now. */
  waiting: boolean;
  /** It never started. */
  started: boolean;
  permanent: boolean;
  reason: string;
  at: Timestamp | null;
  evidence: Evidence[];
}

/** The refusal that the pod's status shows right now, to be remembered: deletion wipes it from the status. */
export function refusalOf(pod: PodRecord): PullRefusal | null {
  for (const { name, state } of pod.containers) {
    if (state?.kind === "waiting" && PULL_REASONS.has(state.reason ?? ""))
      return { container: name, reason: state.reason ?? "", message: state.message, at: pod.seenAt };
  }
  return null;
}

export function findPulls(facts: PodFacts): PullTrouble[] {
  return facts.containers.flatMap((container) => pullOf(facts, container) ?? []);
}

function pullOf(facts: PodFacts, container: ContainerView): PullTrouble | null {
  const state = container.state.state === "known" ? container.state.value : null;
  const started = state?.kind === "running" || (state?.kind === "terminated" && state.startedAt !== null);
  const failures = facts.events.filter(
    (event) => event.regarding.container === container.name && event.reason === "Failed" && FAILED_PULL.test(event.message),
  );
  const waiting = state?.kind === "waiting" && PULL_REASONS.has(state.reason ?? "");
  const remembered = facts.refusal?.container === container.name ? facts.refusal : null;
  const evidence = failures.slice(0, 3).map(eventEvidence);
  const kind = facts.pod.containers.find((one) => one.name === container.name)?.kind ?? "regular";
  const field = statusField({ name: container.name, kind }, "waiting.reason");
  const shown = waiting ? { reason: state.reason ?? "", message: state.message, at: facts.pod.seenAt } : remembered;
  if (shown !== null)
    evidence.unshift({
      source: "kubelet, pod status",
      field,
      value: [shown.reason, shown.message].filter(Boolean).join(": "),
      at: shown.at,
    });
  if (evidence.length === 0) return null;
  const reason = shown?.reason ?? "ErrImagePull";
  return { container, waiting, started, permanent: PERMANENT.has(reason), reason, at: failures[0]?.firstAt ?? shown?.at ?? null, evidence };
}

/** The image that is being pulled for a container that has not started: a Pulling event without an answer yet. */
export function pullingNow(facts: PodFacts): { container: ContainerView; at: Timestamp; evidence: Evidence } | null {
  for (const container of facts.containers) {
    const state = container.state.state === "known" ? container.state.value : null;
    if (state !== null && state.kind !== "waiting") continue;
    const own = facts.events.filter((event) => event.regarding.container === container.name);
    const last = own.filter((event) => event.reason === "Pulling" || event.reason === "Pulled" || event.reason === "Failed").at(-1);
    if (last?.reason === "Pulling") return { container, at: last.at, evidence: eventEvidence(last) };
  }
  return null;
}
