import { known, type Known } from "@/lib/base/known.ts";
import type { Manager, ManagerEntry, Overview, WaitingTags } from "@/lib/fleet/schema.ts";

/** Waiting jobs that a runner may take. */
export interface WaitingFor {
  count: number;
  /** null: nobody waits, or since when is not told. */
  oldestAt: string | null;
  groups: readonly WaitingTags[];
}

/** A runner takes a job whose tags it has all of; one without tags only where it runs untagged jobs (GitLab docs: "tags"). null: not known. */
export function takes({ tags, runUntagged, paused }: ManagerEntry, waiting: WaitingTags): boolean | null {
  if (paused.state === "known" && paused.value) return false;
  if (waiting.tags.length === 0) return runUntagged.state === "known" ? runUntagged.value : null;
  if (tags.state === "unknown") return null;
  const own = new Set(tags.value);
  return waiting.tags.every((tag) => own.has(tag));
}

/** Of all that wait, those that one of these runners may take. Unknown where the queue or the runners' tags are not known. */
export function waitingFor(entries: readonly ManagerEntry[], waiting: Overview["waitingTags"]): Known<WaitingFor> {
  if (waiting.state === "unknown") return waiting;
  const groups: WaitingTags[] = [];
  for (const group of waiting.value) {
    const answers = entries.map((entry) => takes(entry, group));
    if (answers.includes(true)) groups.push(group);
    else if (answers.includes(null)) return { state: "unknown", reason: whyUnknown(entries) };
  }
  return known(sumWaiting(groups), waiting.at, waiting.source);
}

function whyUnknown(entries: readonly ManagerEntry[]) {
  for (const { tags, runUntagged } of entries) {
    if (tags.state === "unknown") return tags.reason;
    if (runUntagged.state === "unknown") return runUntagged.reason;
  }
  return "not-seen" as const;
}

/** Count and oldest of several groups. */
export function sumWaiting(groups: readonly WaitingTags[]): WaitingFor {
  const oldest = groups.map((group) => group.oldestAt).filter((at) => at !== null);
  return {
    count: groups.reduce((sum, { count }) => sum + count, 0),
    oldestAt: oldest.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null,
    groups,
  };
}

/** One runner (a token) over all managers that use it. */
export interface RunnerLine {
  token: string;
  name: string | null;
  entries: readonly ManagerEntry[];
  managers: readonly Manager[];
  tags: Known<string[]>;
  runUntagged: boolean;
  paused: boolean;
  /** `limit` of each manager, once each; null = unlimited. */
  limits: readonly (number | null)[];
  /** Sum over the managers; unknown as soon as one of them does not tell. */
  used: Known<number>;
  waiting: Known<WaitingFor>;
}

/** Runners of all managers by their token, fullest queue first. */
export function prepareRunners(managers: readonly Manager[], waiting: Overview["waitingTags"]): RunnerLine[] {
  const found = new Map<string, { manager: Manager; entry: ManagerEntry }[]>();
  for (const manager of managers)
    for (const entry of manager.runners) found.set(entry.shortToken, [...(found.get(entry.shortToken) ?? []), { manager, entry }]);
  return [...found]
    .map(([token, uses]) => runnerLine(token, uses, waiting))
    .toSorted((a, b) => countOf(b) - countOf(a) || (a.name ?? a.token).localeCompare(b.name ?? b.token));
}

function countOf({ waiting }: RunnerLine): number {
  return waiting.state === "known" ? waiting.value.count : 0;
}

function runnerLine(
  token: string,
  uses: readonly { manager: Manager; entry: ManagerEntry }[],
  waiting: Overview["waitingTags"],
): RunnerLine {
  const entries = uses.map(({ entry }) => entry);
  const first = entries.find(({ tags }) => tags.state === "known") ?? entries[0];
  const isSet = (read: (entry: ManagerEntry) => Known<boolean>) =>
    entries.some((entry) => {
      const fact = read(entry);
      return fact.state === "known" && fact.value;
    });
  return {
    token,
    name: entries.find(({ name }) => name !== null && name !== "")?.name ?? null,
    entries,
    managers: uses.map(({ manager }) => manager),
    tags: first?.tags ?? { state: "unknown", reason: "not-seen" },
    runUntagged: isSet(({ runUntagged }) => runUntagged),
    paused: isSet(({ paused }) => paused),
    limits: [...new Set(entries.map(({ limit }) => limit))],
    used: sumKnown(entries.map(({ used }) => used)),
    waiting: waitingFor(entries, waiting),
  };
}

function sumKnown(facts: readonly Known<number>[]): Known<number> {
  let sum = 0;
  let at = "";
  for (const fact of facts) {
    if (fact.state === "unknown") return fact;
    sum += fact.value;
    if (at === "" || fact.at < at) at = fact.at;
  }
  return facts.length === 0 ? { state: "unknown", reason: "not-seen" } : known(sum, at, "managers");
}
