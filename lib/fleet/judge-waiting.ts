import type { Timestamp } from "../base/known.ts";
import { formatBytes, formatCpu } from "../base/units.ts";
import { statusField } from "./derive-containers.ts";
import { findPulls, pullingNow } from "./find-pulls.ts";
import { eventEvidence, nameOr, podEvidence, type PodFacts } from "./pod-facts.ts";
import { readSchedulerAnswer, type Refusal } from "./read-scheduler.ts";
import { say } from "./sentence-keys.ts";
import { sumResources } from "./sum-resources.ts";
import type { Evidence, Sentence, Verdict } from "./schema.ts";

/** A pod starts within seconds; what takes longer is said. Between creation and the scheduler's first word, and for starting. */
const UNANSWERED_AFTER_MS = 10_000;
const SLOW_START_AFTER_MS = 60_000;
/** Reasons by which the kubelet refuses to make a container; the runner gives up on them too (runner `pod_watcher`, container configuration error). */
const CONTAINER_REASONS: ReadonlySet<string> = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
  "CrashLoopBackOff",
]);

export interface Judged {
  verdict: Verdict;
  /** When time alone may change it, milliseconds since the epoch; null: never. */
  recheckAtMs: number | null;
}

/** A live pod that is not up yet. */
export function judgeWaiting(facts: PodFacts): Judged {
  return judgeScheduling(facts) ?? judgeImage(facts) ?? judgeContainers(facts) ?? judgeStarting(facts);
}

function judged(verdict: Pick<Verdict, "kind" | "sentence" | "at"> & Partial<Verdict>, recheckAtMs: number | null = null): Judged {
  return { verdict: { certainty: "confirmed", container: null, evidence: [], remedy: null, ...verdict }, recheckAtMs };
}

function judgeScheduling(facts: PodFacts): Judged | null {
  const { pod, scheduled } = facts;
  if (pod.node !== null || scheduled?.status === "True") return null;
  if (scheduled === null) {
    const from = Date.parse(pod.createdAt) + UNANSWERED_AFTER_MS;
    if (facts.atMs < from) return judged({ kind: "running", at: pod.createdAt, sentence: say("running.created", {}) }, from);
    return judged({
      kind: "waiting-cluster",
      certainty: "possible",
      at: pod.createdAt,
      sentence: say("waiting-cluster.unanswered", {}),
      evidence: [podEvidence("conditions", "no PodScheduled", pod.seenAt)],
    });
  }
  const at = scheduled.lastTransitionAt ?? pod.createdAt;
  const evidence: Evidence[] = [
    {
      source: "scheduler, pod status",
      field: "conditions[PodScheduled]",
      value: [scheduled.reason, scheduled.message].filter(Boolean).join(": "),
      at,
    },
  ];
  if (scheduled.reason === "SchedulingGated")
    return judged({ kind: "waiting-cluster", at, sentence: say("waiting-cluster.gated", {}), evidence });
  const answer = readSchedulerAnswer(scheduled.message);
  const { sentence, remedy } = wordsOf(answer.refusal, answer.nodes ?? 0, answer.text, facts);
  return judged({ kind: "waiting-cluster", at, sentence, evidence, remedy });
}

function wordsOf(refusal: Refusal, nodes: number, text: string, { pod }: PodFacts): { sentence: Sentence; remedy: Sentence | null } {
  const requests = sumResources(pod.containers, "requests");
  const cpu = requests.cpuMillicores === null ? "none" : formatCpu(requests.cpuMillicores);
  const memory = requests.memoryBytes === null ? "none" : formatBytes(requests.memoryBytes);
  switch (refusal) {
    case "cpu":
      return { sentence: say("waiting-cluster.cpu", { nodes, cpu }), remedy: say("remedy.cpu-request", { cpu }) };
    case "memory":
      return { sentence: say("waiting-cluster.memory", { nodes, memory }), remedy: say("remedy.memory-request", { memory }) };
    case "other":
      return { sentence: say("waiting-cluster.other", { reason: text === "" ? "none" : text }), remedy: null };
    default:
      return { sentence: say(`waiting-cluster.${refusal}`, { nodes }), remedy: say(`remedy.${refusal}`, {}) };
  }
}

function judgeImage(facts: PodFacts): Judged | null {
  const trouble = findPulls(facts).find((one) => one.waiting);
  if (trouble !== undefined) {
    const { container, reason, at, evidence, permanent } = trouble;
    const values = { container: container.name, image: container.image, reason };
    const common = { container: container.name, at, evidence };
    return permanent
      ? judged({
          ...common,
          kind: "image-pull-failed",
          sentence: say("image-pull-failed.permanent", values),
          remedy: say("remedy.image-name", { image: container.image }),
        })
      : judged({
          ...common,
          kind: "waiting-image",
          sentence: say("waiting-image.failing", values),
          remedy: say("remedy.image", { image: container.image }),
        });
  }
  const pulling = pullingNow(facts);
  if (pulling === null) return null;
  const { container, at, evidence } = pulling;
  return judged({
    kind: "waiting-image",
    container: container.name,
    at,
    sentence: say("waiting-image.pulling", { container: container.name, image: container.image }),
    evidence: [evidence],
  });
}

function judgeContainers(facts: PodFacts): Judged | null {
  for (const container of facts.containers) {
    const state = container.state.state === "known" ? container.state.value : null;
    if (state?.kind !== "waiting" || !CONTAINER_REASONS.has(state.reason ?? "")) continue;
    const kind = facts.pod.containers.find((one) => one.name === container.name)?.kind ?? "regular";
    const evidence = [
      {
        source: "kubelet, pod status",
        field: statusField({ name: container.name, kind }, "waiting.reason"),
        value: [state.reason, state.message].filter(Boolean).join(": "),
        at: facts.pod.seenAt,
      },
    ];
    const values = { container: container.name, reason: state.reason ?? "" };
    return judged({
      kind: "waiting-cluster",
      container: container.name,
      at: null,
      sentence: say("waiting-cluster.container", values),
      evidence,
      remedy: say("remedy.container", { container: container.name }),
    });
  }
  return null;
}

/** Events of the kubelet that say why a pod on its node does not start; they count only while nothing newer says that it goes on. */
const START_TROUBLES: readonly [reasons: readonly string[], key: "sandbox" | "mount"][] = [
  [["FailedCreatePodSandBox", "NetworkNotReady"], "sandbox"],
  [["FailedMount", "FailedAttachVolume", "FailedMapVolume"], "mount"],
];

function judgeStarting(facts: PodFacts): Judged {
  const { pod, scheduled } = facts;
  const node = nameOr(pod.node);
  const at: Timestamp = scheduled?.lastTransitionAt ?? pod.createdAt;
  const last = facts.events
    .filter((event) => event.reason === "Started" || START_TROUBLES.some(([reasons]) => reasons.includes(event.reason)))
    .at(-1);
  const trouble = START_TROUBLES.find(([reasons]) => reasons.includes(last?.reason ?? ""));
  if (last !== undefined && trouble !== undefined) {
    const remedy = trouble[1] === "mount" ? say("remedy.mount", {}) : say("remedy.sandbox", { node });
    return judged({
      kind: "waiting-cluster",
      at: last.firstAt,
      sentence: say(`waiting-cluster.${trouble[1]}`, { node }),
      evidence: [eventEvidence(last)],
      remedy,
    });
  }
  const slowFrom = Date.parse(at) + SLOW_START_AFTER_MS;
  const evidence = [{ source: "pod status", field: "conditions[PodScheduled]", value: `on ${pod.node ?? "a node"}`, at }];
  if (facts.atMs < slowFrom) return judged({ kind: "running", at, sentence: say("running.starting", { node }), evidence }, slowFrom);
  return judged({ kind: "waiting-cluster", certainty: "possible", at, sentence: say("waiting-cluster.slow", { node }), evidence });
}
