import type { SourceState } from "../base/source-state.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import type { ManagedTrack, ManagerReading } from "../manager/schema.ts";
import { foldFleet, type Fleet, type GitlabFacts } from "../fleet/fold-fleet.ts";
import type { EndedPod } from "../fleet/pod-facts.ts";
import type { Job } from "../fleet/schema.ts";
import { buildManagedJob, buildManagerPod, buildReading } from "./build-reading.ts";
import { at, buildCluster, buildContainer, buildPod, buildReport, T0, terminated } from "./build-pod-record.ts";

/** What the sources of one cluster hold at one time. */
export interface LinkedWorld {
  pods?: PodRecord[];
  ended?: PodRecord[];
  /** Managers that exist as pods. */
  managers?: string[];
  readings?: ManagerReading[];
  tracks?: ManagedTrack[];
  gitlab?: Partial<GitlabFacts> | null;
  /** How the watch on pods is; live from the start unless it says otherwise. */
  podWatch?: SourceState;
}

const endings = new WeakMap<PodRecord, EndedPod>();

/** The keeper's own object, which stays the same. */
function endedOf(record: PodRecord): EndedPod {
  const ended = endings.get(record) ?? { record, deletedAt: at(71), ending: "watched" };
  endings.set(record, ended);
  return ended;
}

/** Folds it, with two managers `m1` and `m2` unless it says otherwise. */
export function foldWorld(previous: Fleet | null, seconds: number, world: LinkedWorld): Fleet {
  const { pods = [], ended = [], managers = ["m1", "m2"], readings = [], tracks = [], gitlab = null, podWatch } = world;
  const cluster = buildCluster([...pods, ...managers.map((uid) => buildManagerPod(uid))], {
    ended: new Map(ended.map((record) => [record.uid, endedOf(record)])),
    readings: new Map(readings.map((reading) => [reading.key, reading])),
    managed: new Map(tracks.map((track) => [track.jobId, track])),
    ...(podWatch === undefined ? {} : { sources: [buildReport("kubernetes-pods", { state: podWatch })] }),
  });
  const facts =
    gitlab === null
      ? null
      : {
          baseUrl: "https://gitlab.example",
          version: null,
          jobs: new Map(),
          pending: null,
          runners: [],
          blindSpots: [],
          state: null,
          ...gitlab,
        };
  return foldFleet(previous, { clusters: [cluster], gitlab: facts, at: at(seconds), keep: { maxJobs: 100, maxAgeMs: 3_600_000 } });
}

export const only = (fleet: Fleet): Job => [...fleet.jobs.values()][0] as Job;
export const verdicts = (fleet: Fleet) => Object.fromEntries([...fleet.jobs.values()].map((job) => [job.uid, job.verdict.kind]));
/** A look at a manager that lists these jobs. */
export const look = (key: string, seconds: number, ids: string[] = [], change: Partial<ManagerReading> = {}) =>
  buildReading(key, { metricsAt: at(seconds), jobsAt: at(seconds), jobs: ids.map((id) => buildManagedJob(id)), ...change });
export const silent = { state: { state: "stale" as const, since: T0, lastError: { code: "timeout" as const, detail: "" }, retryAt: T0 } };

export const gone = (uid: string, jobId: string, change: Partial<PodRecord> = {}) =>
  buildPod({
    uid,
    phase: "Failed",
    deletionRequestedAt: at(40),
    deletionGraceSeconds: 30,
    annotations: { ...buildPod().annotations, "job.runner.gitlab.com/id": jobId },
    containers: [
      buildContainer("build", terminated("Error", 137, 70), { mounts: [] }),
      buildContainer("helper", terminated("Error", 137, 70), { mounts: [] }),
    ],
    ...change,
  });
