import type { JobRecord } from "../coordinator/job.ts";
import type { PodHistory } from "../specs/pod-truth.ts";
import type { CgroupHistory, CgroupReading, CgroupWitness } from "./cgroup-witness.ts";
import type { Act, Draw } from "./job-classes.ts";
import type { KernelKill, KernelKills } from "./kernel-kills.ts";

/** What really became of one job, from witnesses that know nothing of the product. */
export interface Truth {
  draw: Draw;
  /** As GitLab has it. */
  record: JobRecord;
  /** null: there never was one. */
  pod: { uid: string; name: string; deletedAtMs: number | null } | null;
  kills: ContainerKill[];
  containers: ContainerTruth[];
  act: Act | null;
  /** Services that the API server showed as ended by a failure, while nobody had asked for the pod's deletion. */
  deadServices: string[];
}

export interface ContainerKill {
  container: string;
  nested: boolean;
  /** Nested, and its cgroup went before anybody could look at it: nothing but the kernel's log tells of it. */
  vanished: boolean;
}

export interface ContainerTruth {
  name: string;
  /** From its first reading to its last. */
  livedMs: number;
  readings: readonly CgroupReading[];
}

/** Puts together what API server, kernel log and cgroups said about one job. */
export function gatherTruth(parts: {
  draw: Draw;
  record: JobRecord;
  act: Act | null;
  pods: readonly PodHistory[];
  kernel: KernelKills;
  cgroups: CgroupWitness;
}): Truth {
  const { draw, record, act, kernel, cgroups } = parts;
  const history = parts.pods.at(-1);
  if (!history) return { draw, record, act, pod: null, kills: [], containers: [], deadServices: [] };
  const names = namesById(history);
  const pod = { uid: history.uid, name: history.last.metadata.name, deletedAtMs: history.deletedAt };
  return {
    draw,
    record,
    act,
    pod,
    kills: namedKills(kernel.ofPod(history.uid), names),
    containers: cgroups.ofPod(history.uid).flatMap((one) => describe(one, names)),
    deadServices: deadServices(history),
  };
}

function deadServices({ versions }: PodHistory): string[] {
  const dead = versions.flatMap(({ metadata, status }) =>
    metadata.deletionTimestamp
      ? []
      : (status.containerStatuses ?? []).flatMap(({ name, state }) =>
          name !== "build" && name !== "helper" && (state?.terminated?.exitCode ?? 0) !== 0 ? [name] : [],
        ),
  );
  return [...new Set(dead)];
}

/** Every container id that the API server showed, also of containers that were started anew. */
function namesById(history: PodHistory): Map<string, string> {
  const names = new Map<string, string>();
  for (const { status } of history.versions) {
    for (const one of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      if (one.containerID) names.set(one.containerID.replace(/^.*:\/\//, ""), one.name);
    }
  }
  return names;
}

function namedKills(kills: readonly KernelKill[], names: ReadonlyMap<string, string>): ContainerKill[] {
  const found = new Map<string, ContainerKill>();
  for (const { containerId, nested, lasted } of kills) {
    const container = names.get(containerId) ?? `container ${containerId.slice(0, 12)}`;
    const key = `${container}/${nested}`;
    const vanished = nested && lasted === false && (found.get(key)?.vanished ?? true);
    found.set(key, { container, nested, vanished });
  }
  return [...found.values()];
}

/** The pause container is in no status, so it has no name and is left out. */
function describe({ containerId, readings }: CgroupHistory, names: ReadonlyMap<string, string>): ContainerTruth[] {
  const [first, last, name] = [readings[0], readings.at(-1), names.get(containerId)];
  return first && last && name !== undefined ? [{ name, livedMs: last.atMs - first.atMs, readings }] : [];
}
