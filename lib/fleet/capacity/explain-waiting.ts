import { known, unknown, valueOf, type Known, type Timestamp } from "../../base/known.ts";
import type { PendingGroup, RunnerRecord } from "../../gitlab/schema.ts";
import type { GitlabFacts } from "../gitlab-facts.ts";
import { say } from "../sentence-keys.ts";
import type { Manager, ManagerEntry, Sentence } from "../schema.ts";
import { runnerOf } from "../view-manager.ts";
import { pollTrouble } from "./request-path.ts";
import type { WaitingTags } from "./schema.ts";

/** A manager with a free slot takes a job at its next poll (3 s), with long polling at once; GitLab is asked every 20 s. */
const SOON_MS = 30_000;
/** Five polls: a slot that stays free for longer while jobs wait is not about to be taken. One that a job has just left is. */
const OPEN_MS = 15_000;
const SOURCE = "GitLab, pending jobs";

/** Who waits in GitLab, and why, by tags: the longest wait first. Unknown as far as the token may not see. */
export function explainWaiting(gitlab: GitlabFacts | null, managers: readonly Manager[], at: Timestamp): Known<WaitingTags[]> {
  if (gitlab === null) return unknown("not-connected");
  const { pending } = gitlab;
  if (pending === null) return unknown("not-reached");
  if (pending.scope === "none") return unknown("forbidden");
  // Read once, and no longer allowed to: that says nothing about now.
  const refused = gitlab.blindSpots.some(
    ({ subject, project, reason }) => subject === "pending-jobs" && project === null && reason !== "cut",
  );
  if (pending.scope === "instance" && refused) return unknown("forbidden");
  const waiting = pending.groups.map((group): WaitingTags => {
    const tags = group.tags ?? [];
    return { tags, count: group.count, oldestAt: group.oldestQueuedAt, heldBy: heldBy(group, gitlab, { managers, at }) };
  });
  const since = (one: WaitingTags) => (one.oldestAt === null ? Number.POSITIVE_INFINITY : Date.parse(one.oldestAt));
  waiting.sort((a, b) => since(a) - since(b) || b.count - a.count);
  return known(waiting, pending.at ?? at, pending.scope === "instance" ? SOURCE : `${SOURCE} of ${pending.projects.length} projects`);
}

/** How many wait, as far as the token may see. */
export function countWaiting(waiting: Known<WaitingTags[]>): Known<number> {
  return waiting.state === "unknown" ? waiting : { ...waiting, value: waiting.value.reduce((sum, { count }) => sum + count, 0) };
}

interface Around {
  managers: readonly Manager[];
  at: Timestamp;
}

function heldBy({ tags, count, oldestQueuedAt }: PendingGroup, gitlab: GitlabFacts, around: Around): Sentence {
  if (tags === null) return say("held.unknown", {});
  const takes = gitlab.runners.filter((runner) => fits(runner, tags) === true);
  const blind =
    gitlab.blindSpots.some(({ subject }) => subject === "runners") || gitlab.runners.some((runner) => fits(runner, tags) === null);
  if (takes.length === 0)
    return blind ? say("held.unknown", {}) : say("held.no-runner", { tags: tags.length === 0 ? "none" : tags.join(", ") });
  const awake = takes.filter(({ paused }) => paused !== true);
  const [first] = takes;
  if (awake.length === 0) return say("held.paused", { runner: nameOf(first, null) });
  const able = around.managers.flatMap((manager) =>
    manager.terminating
      ? []
      : manager.runners.flatMap((entry) => {
          const runner = runnerOf(entry.shortToken, awake);
          return runner === null ? [] : [{ manager, entry, runner }];
        }),
  );
  const runner = nameOf(able[0]?.runner ?? awake[0], able[0]?.entry ?? null);
  if (able.length === 0)
    return say(gitlab.runners.every(({ shortToken }) => shortToken === null) ? "held.unlinked" : "held.no-manager", { runner });
  return heldByManagers(able, runner, { count, oldestQueuedAt }, around.at);
}

function heldByManagers(
  able: readonly { manager: Manager; entry: ManagerEntry }[],
  runner: string,
  { count, oldestQueuedAt: oldestAt }: Pick<PendingGroup, "count" | "oldestQueuedAt">,
  at: Timestamp,
): Sentence {
  const open = able.filter(({ entry }) => (valueOf(entry.free) ?? 0) > 0);
  const used = able.reduce((sum, { entry }) => sum + (valueOf(entry.used) ?? 0), 0);
  if (open.length === 0) {
    if (able.some(({ entry }) => entry.free.state === "unknown")) return say("held.unread", { runner });
    const owners = [...new Set(able.map(({ manager }) => manager))];
    // Not `concurrent` of the process: the entry's own limit is what is reached.
    if (able.every(({ entry }) => entry.limit !== null && (valueOf(entry.used) ?? 0) >= entry.limit)) {
      const total = able.reduce((sum, { entry }) => sum + (entry.limit ?? 0), 0);
      return say("held.limit", { runner, total, managers: owners.length });
    }
    return say("held.slots", { runner, used, managers: owners.length });
  }
  const troubles = open.map(({ entry }) => pollTrouble(entry, at));
  const [trouble] = troubles;
  if (trouble !== undefined && trouble !== null && !troubles.includes(null))
    return say("held.request-path", { runner, status: trouble.status });
  const free = open.reduce((sum, { entry }) => sum + (valueOf(entry.free) ?? 0), 0);
  const long = oldestAt !== null && Date.parse(at) - Date.parse(oldestAt) > SOON_MS;
  const stays = open.some(
    ({ entry: { poll } }) => poll !== null && poll.openSince !== null && Date.parse(at) - Date.parse(poll.openSince) >= OPEN_MS,
  );
  if (long && stays) return say("held.slow", { runner, free });
  // A job has just left its slot, and more wait than there is room for: the slots are what they wait for all the same.
  return long && count > free ? say("held.turnover", { runner, used, total: used + free }) : say("held.soon", { runner });
}

/** Whether a runner takes jobs with these tags; null: its tags are not known. */
function fits({ tags, runUntagged }: RunnerRecord, wanted: readonly string[]): boolean | null {
  if (wanted.length === 0) return runUntagged ?? (tags === null ? null : tags.length === 0);
  return tags === null ? null : wanted.every((tag) => tags.includes(tag));
}

function nameOf(runner: RunnerRecord | undefined, entry: ManagerEntry | null): string {
  return entry?.name ?? runner?.description ?? entry?.shortToken ?? runner?.id ?? "none";
}
