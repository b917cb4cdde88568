import type { HistoryGap, HistoryRow } from "../../../lib/history/schema.ts";
import type { Outage } from "./disturbance.ts";
import type { Truth } from "./truth.ts";
import type { ApiJob } from "./watch-product.ts";

/** A gap may begin as much earlier (the last second that was written) or later (until the loss is noticed). */
const SLACK_MS = 6_000;

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

/** Endings that the product cannot have seen: it says so for each of them. */
export function unseenEndings(outages: readonly Outage[], { truths, jobs }: AfterAll): { said: number; absent: number; claimed: string[] } {
  const unseen = truths.filter(({ pod }) => {
    const at = pod?.deletedAtMs ?? null;
    return at !== null && outages.some(({ kind, fromMs, toMs }) => at > fromMs + 1_000 && at < toMs - (kind === "cut" ? 36_000 : 12_000));
  });
  const result = { said: 0, absent: 0, claimed: [] as string[] };
  for (const { draw } of unseen) {
    const job = jobs.get(draw.index) ?? null;
    if (job === null) result.absent += 1;
    else if (job.ending === "missed") result.said += 1;
    else result.claimed.push(`job-${draw.index} (${draw.name}): ending ${job.ending}`);
  }
  return result;
}
