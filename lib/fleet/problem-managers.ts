import { managerPath, managersPath } from "../base/manager-path.ts";
import { valueOf, type Known, type Timestamp } from "../base/known.ts";
import { formatShare } from "../base/units.ts";
import { pollTrouble } from "./capacity/request-path.ts";
import type { WaitingTags } from "./capacity/schema.ts";
import type { ProblemInput } from "./rank-problems.ts";
import { say } from "./sentence-keys.ts";
import type { Manager, ManagerEntry, Problem } from "./schema.ts";

/** A job that waits this long waits for something; a manager with a free slot takes it within seconds. */
const WAIT_MS = 60_000;
/** Of CPU periods, and of the memory limit: a manager above it streams logs late, or is next to be OOM-killed. */
const STRAINED_SHARE = 0.25;
const STRAINED_MEMORY = 0.9;
/** Runners before it give pods no project and no runner name (labels `*.runner.gitlab.com`), so less of their jobs can be told. */
const OLDEST: readonly [major: number, minor: number] = [17, 9];

/** Problems that show at managers, and at the jobs that wait for them. */
export function findManagerProblems(input: ProblemInput): Problem[] {
  const managers = [...input.managers.values()].filter((manager) => !manager.terminating);
  return [
    ...waitingProblems(input),
    ...fullProblem(input),
    ...pollProblems(managers, input),
    ...managers.flatMap((manager) => strainOf(manager) ?? []),
    ...oldProblem(managers, input.gitlab?.version ?? null),
  ];
}

const HELD_KINDS: Readonly<Record<string, Problem["kind"]>> = {
  "held.slots": "manager-full",
  "held.limit": "manager-full",
  "held.turnover": "manager-full",
  "held.request-path": "manager-throttled",
};
/** No job of these can ever start by itself. */
const HOPELESS: ReadonlySet<string> = new Set(["held.no-runner", "held.paused", "held.no-manager"]);

function waitingProblems({ waitingTags, at }: ProblemInput): Problem[] {
  const groups = (valueOf(waitingTags) ?? []).filter((group) => HOPELESS.has(group.heldBy.key) || waitedMs(group, at) >= WAIT_MS);
  return groups.map((group) => {
    const { tags, count, oldestAt, heldBy } = group;
    return {
      key: `waiting ${tags.join(",")}`,
      group: "needs-you",
      kind: HELD_KINDS[heldBy.key] ?? "waiting-jobs",
      jobs: count,
      since: oldestAt,
      title: say("problem.waiting", { count, tags: tags.length === 0 ? "none" : tags.join(", ") }),
      detail: heldBy,
      remedy: remedyOf(heldBy.key),
      target: "/managers",
    };
  });
}

function waitedMs({ oldestAt }: WaitingTags, at: Timestamp): number {
  return oldestAt === null ? 0 : Date.parse(at) - Date.parse(oldestAt);
}

function remedyOf(heldBy: string): Problem["remedy"] {
  switch (heldBy) {
    case "held.slots":
    case "held.turnover":
      return say("remedy.slots", {});
    case "held.limit":
      return say("remedy.limit", {});
    case "held.no-runner":
      return say("remedy.tags", {});
    case "held.paused":
      return say("remedy.paused", {});
    case "held.no-manager":
      return say("remedy.no-managers", {});
    case "held.request-path":
      return say("remedy.request-path", {});
    case "held.slow":
      return say("remedy.request-slow", {});
    default:
      return null;
  }
}

/** All slots taken and GitLab does not tell who waits: worth a look, no more. */
function fullProblem({ slots, waitingTags }: ProblemInput): Problem[] {
  const sum = valueOf(slots);
  if (waitingTags.state === "known" || sum === null || sum.total === 0 || sum.free > 0) return [];
  return [
    {
      key: "slots full",
      group: "to-watch",
      kind: "manager-full",
      jobs: 0,
      since: null,
      title: say("problem.slots-full", { total: sum.total }),
      detail: null,
      remedy: say("remedy.slots", {}),
      target: "/managers",
    },
  ];
}

interface Trouble {
  kind: Problem["kind"];
  status: string;
  since: Timestamp;
  managers: Manager[];
}

/** Managers whose polls meet with the same answer are one problem. */
function pollProblems(managers: readonly Manager[], { at, waiting }: ProblemInput): Problem[] {
  const troubles = new Map<string, Trouble>();
  for (const manager of managers) for (const entry of manager.runners) noteTrouble(troubles, manager, entry, at);
  const held = heldJobs(managers, at, waiting);
  return [...troubles].map(([key, { kind, status, since, managers: troubled }]) => {
    const count = troubled.length;
    return {
      key: `polls ${key}`,
      group: held === null || held > 0 ? "needs-you" : "to-watch",
      kind,
      jobs: held ?? 0,
      since,
      title:
        kind === "manager-throttled"
          ? say("problem.throttled", { count })
          : kind === "polls-failing"
            ? say("problem.polls-failing", { count, status })
            : say("problem.not-polling", { count }),
      detail: say("problem.managers-named", { names: troubled.map(({ pod }) => pod).join(", ") }),
      remedy: say(
        kind === "manager-throttled" ? "remedy.request-path" : kind === "polls-failing" ? "remedy.polls" : "remedy.not-polling",
        {},
      ),
      target: managersPath(troubled),
    };
  });
}

function noteTrouble(troubles: Map<string, Trouble>, manager: Manager, entry: ManagerEntry, at: Timestamp): void {
  const trouble = pollTrouble(entry, at);
  if (trouble === null) return;
  const kind = trouble.kind === "silent" ? "manager-not-polling" : trouble.status === "429" ? "manager-throttled" : "polls-failing";
  const key = `${kind} ${trouble.status}`;
  const known = troubles.get(key) ?? { kind, status: trouble.status, since: trouble.since, managers: [] };
  if (!known.managers.includes(manager)) known.managers.push(manager);
  if (Date.parse(trouble.since) < Date.parse(known.since)) known.since = trouble.since;
  troubles.set(key, known);
}

/** How many jobs wait for managers in trouble: none while another one polls well; null: not known. */
function heldJobs(managers: readonly Manager[], at: Timestamp, waiting: Known<number>): number | null {
  const open = managers.flatMap(({ runners }) => runners.filter(({ free }) => (valueOf(free) ?? 0) > 0));
  if (open.some((entry) => entry.poll !== null && pollTrouble(entry, at) === null)) return 0;
  return valueOf(waiting);
}

function strainOf(manager: Manager): Problem | null {
  const cpu = valueOf(manager.use.cpu)?.throttledShare ?? null;
  const memory = valueOf(manager.use.memory);
  const share = memory === null || memory.bytes === null || memory.limitBytes === null ? null : memory.bytes / memory.limitBytes;
  const throttled = cpu !== null && cpu >= STRAINED_SHARE;
  if (!throttled && (share === null || share < STRAINED_MEMORY)) return null;
  const workload = manager.workload ?? manager.pod;
  const { pod, namespace } = manager;
  return {
    key: `manager-strained ${manager.key}`,
    group: "to-watch",
    kind: "manager-strained",
    jobs: valueOf(manager.jobs)?.length ?? 0,
    since: null,
    title: throttled
      ? say("problem.manager-throttled", { pod, share: formatShare(cpu) })
      : say("problem.manager-memory", { pod, share: formatShare(share ?? 0) }),
    detail: null,
    remedy: throttled ? say("remedy.manager-cpu", { namespace, workload }) : say("remedy.manager-memory", { namespace, workload }),
    target: managerPath(manager),
  };
}

/** Versions without which less can be seen, or a major version behind GitLab's own. */
function oldProblem(managers: readonly Manager[], gitlabVersion: string | null): Problem[] {
  const wanted = Math.max(0, Number(/^(\d+)\./.exec(gitlabVersion ?? "")?.[1] ?? 0));
  const old = managers.flatMap((manager) => {
    const version = valueOf(manager.version);
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? "") ?? [];
    if (version === null || major === undefined || minor === undefined) return [];
    const behind = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]) || Number(major) < wanted;
    return behind ? [{ manager, version }] : [];
  });
  const [first] = old;
  if (first === undefined) return [];
  const versions = [...new Set(old.map(({ version }) => version))].toSorted().join(", ");
  return [
    {
      key: "manager-old",
      group: "to-watch",
      kind: "manager-old",
      jobs: 0,
      since: null,
      title: say("problem.manager-old", { count: old.length, versions }),
      detail: gitlabVersion === null ? null : say("problem.manager-old-detail", { version: gitlabVersion }),
      remedy: say("remedy.manager-old", {}),
      target: managersPath(old.map(({ manager }) => manager)),
    },
  ];
}
