import type { SourceState } from "@/lib/base/source-state.ts";
import type { Manager } from "@/lib/fleet/schema.ts";
import type { SlotRow } from "./prepare-slots.ts";

/** Answers of GitLab to polls, as a reader tells them apart. */
export const POLL_CLASSES = ["201", "204", "403", "409", "429", "5xx", "other"] as const;
export type PollClass = (typeof POLL_CLASSES)[number];

export interface PollSummary {
  /** Every class; a zero was counted. */
  counts: Readonly<Record<PollClass, number>>;
  total: number;
  /** Share of 429 and 5xx and 403; null: no poll in this time. */
  refused: number | null;
  /** The figures are about the time from `since` to `at`. */
  since: string;
  at: string;
  lastAnswerAt: string | null;
  lastSuccessAt: string | null;
  lastJobAt: string | null;
}

/** The answers to all runners of one manager together; null: no runner's polls are known. */
export function preparePolls({ runners }: Pick<Manager, "runners">): PollSummary | null {
  const polls = runners.map(({ poll }) => poll).filter((poll) => poll !== null);
  if (polls.length === 0) return null;
  const counts = Object.fromEntries(POLL_CLASSES.map((name) => [name, 0])) as Record<PollClass, number>;
  for (const { statuses } of polls) for (const { status, count } of statuses) counts[classOf(status)] += count;
  const total = POLL_CLASSES.reduce((sum, name) => sum + counts[name], 0);
  const latest = (read: (poll: (typeof polls)[number]) => string | null) =>
    polls
      .map(read)
      .filter((at) => at !== null)
      .toSorted()
      .at(-1) ?? null;
  return {
    counts,
    total,
    refused: total === 0 ? null : (counts["403"] + counts["429"] + counts["5xx"]) / total,
    since: polls.map((poll) => poll.since).toSorted()[0] ?? "",
    at: latest((poll) => poll.at) ?? "",
    lastAnswerAt: latest((poll) => poll.lastAnswerAt),
    lastSuccessAt: latest((poll) => poll.lastSuccessAt),
    lastJobAt: latest((poll) => poll.lastJobAt),
  };
}

/** All managers together: jobs taken a minute and the share of polls that were refused. null: no manager's polls are known. */
export function preparePollTotals(
  managers: readonly Pick<Manager, "runners">[],
): { perMinute: number | null; refused: number | null } | null {
  const polls = managers.map(preparePolls).filter((poll) => poll !== null);
  if (polls.length === 0) return null;
  const sum = (read: (poll: PollSummary) => number) => polls.reduce((total, poll) => total + read(poll), 0);
  const total = sum((poll) => poll.total);
  const minutes = (poll: PollSummary) => (Date.parse(poll.at) - Date.parse(poll.since)) / 60_000;
  const counted = polls.filter((poll) => minutes(poll) > 0);
  return {
    // Each manager over its own time: they are not looked at in the same moment.
    perMinute: counted.length === 0 ? null : counted.reduce((rate, poll) => rate + poll.counts["201"] / minutes(poll), 0),
    refused: total === 0 ? null : sum((poll) => (poll.refused ?? 0) * poll.total) / total,
  };
}

function classOf(status: string): PollClass {
  if (/^5\d\d$/.test(status)) return "5xx";
  return POLL_CLASSES.find((name) => name === status) ?? "other";
}

/** What a manager's card says first (messages: `managers.state.<name>`). */
export type ManagerState =
  | { name: "terminating" | "notReady" | "notAsked" | "starting" | "shutdown" | "paused" | "takes" }
  /** Its port does not tell. */
  | { name: "notRead"; state: SourceState }
  | { name: "throttled" | "refused"; count: number; total: number }
  | { name: "silent"; since: string | null }
  | { name: "full"; waiting: number | null };

/** Worst first: a manager that is gone or not read says nothing about its polls, one that is refused is not "full". */
export function judgeManager(row: SlotRow, polls: PollSummary | null, waiting: number | null): ManagerState {
  const { manager, used, total } = row;
  const { port } = manager;
  if (manager.terminating) return { name: "terminating" };
  if (!manager.ready) return { name: "notReady" };
  if (port === null) return { name: "notAsked" };
  if (port.state.state === "connecting") return { name: "starting" };
  if (port.state.state !== "live") return { name: "notRead", state: port.state };
  if (manager.processState.state === "known" && manager.processState.value.endsWith("shutdown")) return { name: "shutdown" };
  if (row.blocked && polls !== null && polls.total > 0) {
    const worst = polls.counts["429"] > 0 ? "throttled" : "refused";
    const count = worst === "throttled" ? polls.counts["429"] : polls.counts["403"] + polls.counts["5xx"] + polls.counts.other;
    if (count > 0) return { name: worst, count, total: polls.total };
  }
  if (row.blocked) return { name: "silent", since: polls?.lastSuccessAt ?? null };
  if (used !== null && total !== null && total > 0 && used >= total) return { name: "full", waiting };
  const paused = manager.runners.length > 0 && manager.runners.every((entry) => entry.paused.state === "known" && entry.paused.value);
  return { name: paused ? "paused" : "takes" };
}
