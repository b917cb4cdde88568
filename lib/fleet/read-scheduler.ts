/** Why the scheduler refuses, as far as its text tells. `other`: the text stands for itself. */
export type Refusal = "cpu" | "memory" | "pods" | "storage" | "taints" | "selector" | "cordoned" | "other";

/** Texts of the scheduler's plugins (`pkg/scheduler/framework/plugins`: noderesources, tainttoleration, nodeaffinity, nodeunschedulable). */
const REFUSALS: readonly [RegExp, Refusal][] = [
  [/^Insufficient cpu/, "cpu"],
  [/^Insufficient memory/, "memory"],
  [/^Insufficient ephemeral-storage/, "storage"],
  [/^Too many pods/, "pods"],
  [/taint/, "taints"],
  [/didn't match Pod's node affinity|didn't satisfy plugin\(s\) \[NodeAffinity|node selector/, "selector"],
  [/were unschedulable/, "cordoned"],
];

export interface SchedulerAnswer {
  /** What most nodes lack. */
  refusal: Refusal;
  /** How many nodes were looked at; null when the text does not say. */
  nodes: number | null;
  /** The part about nodes, without what preemption would do. */
  text: string;
}

/** `0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint {x: }. preemption: …` (scheduler `FitError.Error()`). */
export function readSchedulerAnswer(message: string | null): SchedulerAnswer {
  const text = (message ?? "").split(/\. (?:no new claims|preemption:)/)[0]?.replace(/\.$/, "") ?? "";
  const head = /^0\/(\d+) nodes are available: (.*)$/s.exec(text);
  if (head === null) return { refusal: "other", nodes: null, text };
  const counted = new Map<Refusal, number>();
  for (const [, count = "0", why = ""] of (head[2] ?? "").matchAll(/(\d+) ((?:(?!, \d+ ).)+)/gs)) {
    const refusal = REFUSALS.find(([pattern]) => pattern.test(why))?.[1] ?? "other";
    counted.set(refusal, (counted.get(refusal) ?? 0) + Number(count));
  }
  const most = [...counted].reduce<[Refusal, number]>((best, one) => (one[1] > best[1] ? one : best), ["other", 0]);
  return { refusal: most[0], nodes: Number(head[1]), text };
}
