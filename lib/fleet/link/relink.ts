import type { PodRecord } from "../../kubernetes/schema.ts";
import type { ManagedTrack, ManagerReading } from "../../manager/schema.ts";
import type { GitlabFacts } from "../gitlab-facts.ts";
import { NO_LINKS, rememberLinks, sameLinks, type JobLinks } from "./job-links.ts";
import { linkGitlab } from "./link-gitlab.ts";
import { listJobs, type JobLists } from "./job-lists.ts";
import { linkManager, type Lists } from "./link-manager.ts";

/** What the jobs of one cluster are linked to. Keeps its identity while nothing in it changes. */
export interface LinkContext extends Omit<Lists, "pods">, JobLists {
  /** Uid of the manager's pod by `system_id`. */
  readonly systems: ReadonlyMap<string, string>;
  readonly gitlab: GitlabFacts | null;
}

export function linkContext(
  previous: LinkContext | null,
  { managed, readings }: { managed: ReadonlyMap<string, ManagedTrack>; readings: ReadonlyMap<string, ManagerReading> },
  gitlab: GitlabFacts | null,
): LinkContext {
  const sameReadings = previous?.readings === readings;
  if (sameReadings && previous.managed === managed && sameGitlab(previous.gitlab, gitlab)) return previous;
  return {
    managed,
    gitlab,
    ...listJobs(previous, readings),
    systems: sameReadings ? previous.systems : keepEqual(previous?.systems, systemsOf(readings)),
  };
}

function sameGitlab(a: GitlabFacts | null, b: GitlabFacts | null): boolean {
  return a === b || (a !== null && b !== null && a.baseUrl === b.baseUrl && a.jobs === b.jobs && a.blindSpots === b.blindSpots);
}

function systemsOf(readings: ReadonlyMap<string, ManagerReading>): ReadonlyMap<string, string> {
  const systems = new Map<string, string>();
  for (const [uid, { metrics }] of readings)
    for (const { systemId } of metrics?.runners ?? []) if (systemId !== null) systems.set(systemId, uid);
  return systems;
}

/** What was before, where it says the same: 10,000 jobs hold on to it by identity. */
function keepEqual<T extends ReadonlyMap<string, string>>(before: T | undefined, now: T): T {
  if (before === undefined || before.size !== now.size) return now;
  for (const [key, value] of now) if (before.get(key) !== value) return now;
  return before;
}

/** What is found of a job by looking at the others. */
type Found = Pick<JobLinks, "outcome" | "unheld" | "lost">;

interface Around {
  context: LinkContext;
  /** Of the fold before. */
  previous: LinkContext | null;
  before: JobLinks | null;
  pods: Lists["pods"];
  samePod: boolean;
}

/** Whether all that the links of a pod are made of is what it was. */
function isLinked(jobId: string, { context, previous, before, samePod }: Around, now: Found): boolean {
  if (!samePod || before === null || previous === null) return false;
  if (
    before.outcome !== now.outcome ||
    before.unheld !== now.unheld ||
    before.lost !== now.lost ||
    before.asked !== context.readings.size > 0
  )
    return false;
  const { gitlab } = context;
  const record = gitlab?.jobs.get(jobId) ?? null;
  if (record !== before.record || gitlab?.baseUrl !== previous.gitlab?.baseUrl) return false;
  if (record === null && gitlab?.blindSpots !== previous.gitlab?.blindSpots) return false;
  const track = context.managed.get(jobId) ?? null;
  if (track !== before.track) return false;
  if (track === null) return record === null || context.systems === previous.systems;
  return before.manager?.via === "debug-list" && (before.manager.doubt === "two-managers") === context.twice.has(jobId);
}

/** The links of one pod now. `before`: those it had with the same or an older version of the pod; kept where nothing changed. */
export function relink(pod: PodRecord, jobId: string | null, around: Around, now: Found): JobLinks {
  const { context, before, pods, samePod } = around;
  const { readings, gitlab } = context;
  if (jobId === null) return readings.size === 0 && gitlab === null ? NO_LINKS : { ...NO_LINKS, asked: readings.size > 0 };
  if (before !== null && isLinked(jobId, around, now)) return before;
  const record = gitlab?.jobs.get(jobId) ?? null;
  const told =
    samePod && before !== null && record !== null && before.record === record
      ? { record, contradictions: before.contradictions, noRecord: before.noRecord }
      : linkGitlab(pod, jobId, gitlab);
  const { track, manager } = linkManagerOnce(pod, jobId, around);
  const fresh = { asked: readings.size > 0, track, manager: manager ?? managerOfRecord(told.record, context, pods), ...told, ...now };
  const links = rememberLinks(before, fresh);
  return before !== null && sameLinks(before, links) ? before : links;
}

function linkManagerOnce(pod: PodRecord, jobId: string, { context, before, pods, samePod }: Around): Pick<JobLinks, "track" | "manager"> {
  const track = context.managed.get(jobId) ?? null;
  if (track === null) return { track: null, manager: null };
  const linked = samePod && before?.track === track && before.manager?.via === "debug-list";
  const same = linked && (before.manager.doubt === "two-managers") === context.twice.has(jobId);
  return same ? before : linkManager(pod, jobId, { ...context, pods });
}

function managerOfRecord(record: JobLinks["record"], { systems }: LinkContext, pods: Lists["pods"]): JobLinks["manager"] {
  const uid = record?.managerSystemId == null ? undefined : systems.get(record.managerSystemId);
  const name = uid === undefined ? undefined : pods.get(uid)?.name;
  return name === undefined ? null : { pod: name, via: "gitlab", doubt: null };
}
