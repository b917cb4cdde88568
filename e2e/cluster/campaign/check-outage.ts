import type { HistoryGap, HistoryRow } from "../../../lib/history/schema.ts";
import type { Outage } from "./disturbance.ts";
import type { Truth } from "./truth.ts";
import type { ApiJob } from "./watch-product.ts";

/** A gap may begin as much earlier (the last second that was written) or later (until the loss is noticed). */
const SLACK_MS = 6_000;

/** The product may watch again that much before the outage counts as over. */
const BACK_MS = { cut: 36_000, restart: 12_000 };

export interface AfterAll {
  truths: readonly Truth[];
  jobs: ReadonlyMap<number, ApiJob | null>;
  rows: ReadonlyMap<string, HistoryRow>;
  gaps: readonly HistoryGap[];
}

/** What the product owes its readers after it could not watch: sentences of what is not so; empty: all is well. */
export function checkOutages(outages: readonly Outage[], after: AfterAll): string[] {
  return [...outages.flatMap((outage) => checkOutage(outage, after)), ...checkEndings(outages, after)];
}

function checkOutage({ kind, fromMs, toMs, endedBefore }: Outage, { rows, gaps }: AfterAll): string[] {
  const said = gaps.some(({ from, to }) => Math.abs(Date.parse(from) - fromMs) <= SLACK_MS && Date.parse(to) <= toMs + SLACK_MS);
  const lost = [...endedBefore].filter((uid) => !rows.has(uid));
  const span = `${new Date(fromMs).toISOString()} – ${new Date(toMs).toISOString()}`;
  return [
    ...(said ? [] : [`${kind}: no gap of ${span} in the history; it has ${JSON.stringify(gaps)}`]),
    ...(lost.length === 0 ? [] : [`${kind}: ${lost.length} of ${endedBefore.size} jobs that had ended before are not in the history`]),
  ];
}

/** Pods that went unseen are said to be missed or are not there; all others are there, and their end was watched. */
function checkEndings(outages: readonly Outage[], { truths, jobs, rows }: AfterAll): string[] {
  return truths.flatMap(({ draw, pod }) => {
    if (pod === null || pod.deletedAtMs === null) return [];
    const at = pod.deletedAtMs;
    const job = jobs.get(draw.index) ?? null;
    const near = outages.some((outage) => at > outage.fromMs - SLACK_MS && at < outage.toMs + SLACK_MS);
    if (near) return [];
    const name = `job-${draw.index} (${draw.name}), gone at ${new Date(at).toISOString()}`;
    if (!rows.has(pod.uid)) return [`${name}: not in the history`];
    return job?.ending === "watched" ? [] : [`${name}: its ending is ${job?.ending ?? "not known"}, though it was watched`];
  });
}

export interface UnseenEndings {
  /** Said to be missed. */
  said: number;
  /** The API server kept them: a watch that goes on where it ended tells of them late, with the last state of the pod. */
  late: number;
  /** The product knows no such job; its gap says why. */
  absent: ReadonlySet<number>;
  /** Said to be watched, which cannot be. */
  claimed: string[];
}

/** What is said of pods that went while the product could not watch. */
export function unseenEndings(outages: readonly Outage[], { truths, jobs }: Pick<AfterAll, "truths" | "jobs">): UnseenEndings {
  const result = { said: 0, late: 0, absent: new Set<number>(), claimed: [] as string[] };
  for (const { draw, pod } of truths) {
    const at = pod?.deletedAtMs ?? null;
    const outage = at === null ? undefined : outages.find(({ fromMs, toMs }) => at > fromMs - SLACK_MS && at < toMs);
    if (at === null || outage === undefined) continue;
    const job = jobs.get(draw.index) ?? null;
    if (job === null) result.absent.add(draw.index);
    else if (job.ending === "missed") result.said += 1;
    else if (at > outage.fromMs + 1_000 && at < outage.toMs - BACK_MS[outage.kind]) {
      if (outage.kind === "cut") result.late += 1;
      else result.claimed.push(`job-${draw.index} (${draw.name}): ending ${job.ending}`);
    }
  }
  return result;
}
