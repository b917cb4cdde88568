import { valueOf } from "../../base/known.ts";
import type { Job } from "../schema.ts";
import type { Neighbour } from "./schema.ts";

const MOST_NEIGHBOURS = 12;

/** Jobs that shared the node with this one, the longest together first. `nowMs` ends those that still live. */
export function findNeighbours(job: Job, others: readonly Job[], nowMs: number): Neighbour[] {
  const found = others.flatMap((other) => {
    const sameNode = other.key !== job.key && other.cluster === job.cluster && job.node !== null && other.node === job.node;
    const overlapMs = sameNode ? overlapOf(job, other, nowMs) : 0;
    return overlapMs <= 0 ? [] : [{ other, overlapMs }];
  });
  return found
    .toSorted((a, b) => b.overlapMs - a.overlapMs || (a.other.key < b.other.key ? -1 : 1))
    .slice(0, MOST_NEIGHBOURS)
    .map(({ other, overlapMs }) => ({
      key: other.key,
      name: valueOf(other.gitlab.name) ?? other.pod,
      project: valueOf(other.gitlab.project),
      verdict: { kind: other.verdict.kind, certainty: other.verdict.certainty },
      overlapMs,
      cpuMillicores: sum(other, (usage) => usage.cpuMillicores),
      peakBytes: sum(other, (usage) => usage.peak?.bytes ?? null),
    }));
}

function overlapOf(a: Job, b: Job, nowMs: number): number {
  const end = ({ deletedAt }: Job) => (deletedAt === null ? nowMs : Date.parse(deletedAt));
  return Math.min(end(a), end(b)) - Math.max(Date.parse(a.createdAt), Date.parse(b.createdAt));
}

type Usage = Extract<Job["containers"][number]["usage"], { state: "known" }>["value"];

function sum({ containers }: Job, amount: (usage: Usage) => number | null): number | null {
  const known = containers.flatMap(({ usage }) => (usage.state === "known" ? (amount(usage.value) ?? []) : []));
  return known.length === 0 ? null : known.reduce((all, one) => all + one, 0);
}
