import { known, unknown, valueOf, type Known } from "../base/known.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import type { ManagedTrack } from "../manager/schema.ts";
import type { GitlabJob } from "./schema.ts";

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/**
 * What the pod itself carries of its GitLab job. Annotations may have been overwritten by a job author on a permissive runner,
 * so the job id comes from the paths of the runner's volumes first, the address from the manager's list where the job is on it (`track`; the runner writes
 * both from the same), and nothing here is trusted as a link or as markup: whoever draws the address as a link shows where it leads.
 */
export function deriveGitlab(pod: PodRecord, track: Pick<ManagedTrack, "url" | "since"> | null = null): GitlabJob {
  const annotation = (key: string) => read(pod, "annotations", key);
  const annotated = urlOf(annotation("job.runner.gitlab.com/url"));
  const listed = track === null ? annotated : urlOf(known(track.url, track.since, "manager, /debug/jobs/list"));
  const url = listed.state === "known" && listed.value !== valueOf(annotated) ? listed : annotated;
  // GitLab knows these; `link/link-gitlab.ts` puts them in.
  const elsewhere = unknown("not-connected");
  return {
    id: idOf(pod, annotation("job.runner.gitlab.com/id")),
    url,
    name: annotation("job.runner.gitlab.com/name"),
    stage: elsewhere,
    ref: annotation("job.runner.gitlab.com/ref"),
    sha: annotation("job.runner.gitlab.com/sha"),
    project: projectOf(pod, url),
    projectId: firstKnown(read(pod, "labels", "project.runner.gitlab.com/id"), annotation("project.runner.gitlab.com/id")),
    pipeline: elsewhere,
    status: elsewhere,
    failureReason: elsewhere,
    exitCode: elsewhere,
    timeoutMs: timeoutOf(annotation("job.runner.gitlab.com/timeout")),
  };
}

/** The `[[runners]]` entry, from labels that a job author cannot set. */
export function deriveRunner(pod: PodRecord): { shortToken: Known<string>; name: Known<string> } {
  return {
    shortToken: read(pod, "labels", "manager.runner.gitlab.com/id-short"),
    name: read(pod, "labels", "manager.runner.gitlab.com/name"),
  };
}

function read(pod: PodRecord, where: "labels" | "annotations", key: string): Known<string> {
  const value = pod[where][key];
  return value === undefined || value === "" ? unknown("not-set") : known(value, pod.createdAt, `pod.metadata.${where}[${key}]`);
}

function firstKnown<T>(...facts: Known<T>[]): Known<T> {
  return facts.find((fact) => fact.state === "known") ?? unknown("not-set");
}

/** GitLab's job id of a pod, null where it carries none. */
export function jobIdOf(pod: PodRecord): string | null {
  return valueOf(idOf(pod, read(pod, "annotations", "job.runner.gitlab.com/id")));
}

/** Volume paths end in `-<project id>-<job id>` and cannot be set by a job (runner: scripts and logs volumes of `build`). */
function idOf(pod: PodRecord, annotated: Known<string>): Known<string> {
  const build = pod.containers.find((container) => container.name === "build");
  for (const { volume, path } of build?.mounts ?? []) {
    const id = volume === "scripts" || volume === "logs" ? /-(\d+)-(\d+)\/?$/.exec(path)?.[2] : undefined;
    if (id !== undefined) return known(id, pod.createdAt, `pod.spec.containers[build].volumeMounts[${volume}]`);
  }
  return annotated.state === "known" && !/^\d{1,20}$/.test(annotated.value) ? unknown("unreadable") : annotated;
}

function urlOf(fact: Known<string>): Known<string> {
  if (fact.state === "unknown") return fact;
  const url = URL.canParse(fact.value) ? new URL(fact.value) : null;
  return url?.protocol === "https:" || url?.protocol === "http:" ? fact : unknown("unreadable");
}

/** The job's URL ends in `<project path>/-/jobs/<id>`; labels hold the path with `/` replaced, so they come second. */
function projectOf(pod: PodRecord, url: Known<string>): Known<string> {
  if (url.state === "known") {
    const path = /^\/(.+)\/-\/jobs\/\d+\/?$/.exec(new URL(url.value).pathname)?.[1];
    if (path !== undefined) return known(decode(path), url.at, url.source);
  }
  return read(pod, "labels", "project.runner.gitlab.com/name");
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A Go duration, `1h0m0s` (runner 17.11). */
function timeoutOf(fact: Known<string>): Known<number> {
  if (fact.state === "unknown") return fact;
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(fact.value)) return unknown("unreadable");
  let ms = 0;
  for (const [, amount = "0", unit = "s"] of fact.value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g))
    ms += Number(amount) * (UNITS_MS[unit] ?? 0);
  return known(ms, fact.at, fact.source);
}
