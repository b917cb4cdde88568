import type { ManagedTrack, ManagerReading } from "../../manager/schema.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import type { JobLinks } from "./job-links.ts";

/** What is needed of a cluster to find the manager of a job. */
export interface Lists {
  readonly managed: ReadonlyMap<string, ManagedTrack>;
  readonly readings: ReadonlyMap<string, ManagerReading>;
  /** Ids of jobs that more than one manager lists now. */
  readonly twice: ReadonlySet<string>;
  readonly pods: ReadonlyMap<string, PodRecord>;
}

/**
 * Pod → job id → the manager whose list shows it. A job id is unique in one GitLab only, so the manager must also run the pod's own runner
 * (label `manager.runner.gitlab.com/id-short` = label `runner` of its metrics; a job cannot set either).
 */
export function linkManager(pod: PodRecord, jobId: string, lists: Lists): Pick<JobLinks, "track" | "manager"> {
  const track = lists.managed.get(jobId);
  if (track === undefined) return { track: null, manager: null };
  const tokens = lists.readings.get(track.manager)?.metrics?.runners.map(({ shortToken }) => trimmedToken(shortToken)) ?? [];
  const own = pod.labels["manager.runner.gitlab.com/id-short"];
  if (own !== undefined && tokens.length > 0 && !tokens.includes(trimmedToken(own))) return { track: null, manager: null };
  const name = lists.pods.get(track.manager)?.name;
  if (name === undefined) return { track, manager: null };
  const doubt = lists.twice.has(jobId) ? "two-managers" : namesOtherProject(pod, track) ? "other-project" : null;
  return { track, manager: { pod: name, via: "debug-list", doubt } };
}

/** The manager's URL is built from the clone URL: its host may be another, the project's path is the same. Annotations can be overwritten by a job. */
function namesOtherProject(pod: PodRecord, track: ManagedTrack): boolean {
  const annotated = pathOf(pod.annotations["job.runner.gitlab.com/url"] ?? "");
  const listed = pathOf(track.url);
  return annotated !== null && listed !== null && !annotated.endsWith(listed) && !listed.endsWith(annotated);
}

/** `/group/project` of a job's URL. */
function pathOf(url: string): string | null {
  return URL.canParse(url) ? (/^(\/.+)\/-\/jobs\/\d+\/?$/.exec(new URL(url).pathname)?.[1] ?? null) : null;
}

/** Label values lose these at both ends (runner `sanitizeLabel`). */
export function trimmedToken(token: string): string {
  return token.replace(/^[-_.]+|[-_.]+$/g, "");
}
