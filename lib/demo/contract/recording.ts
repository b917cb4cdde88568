import { readFileSync } from "node:fs";
import path from "node:path";
import type { KubeObject } from "../model/objects.ts";

/** One state of a container as its status showed it. */
export interface SeenContainer {
  name: string;
  state: string;
  reason?: string;
  exitCode?: number;
  ready: boolean;
  started: boolean;
}

/** One version of a pod as the watch delivered it, without what is the same in all. */
export interface SeenVersion {
  type: "ADDED" | "MODIFIED" | "DELETED";
  phase: string;
  node: boolean;
  generation: number;
  grace: number | null;
  observedGeneration: number | null;
  init: SeenContainer[];
  containers: SeenContainer[];
  conditions: { type: string; status: string; reason?: string }[];
}

export interface RecordedJob {
  id: number;
  name: string;
  state: string;
  failureReason: string | null;
  exitCode: number | null;
  versions: SeenVersion[];
}

export interface Recording {
  source: string;
  jobs: RecordedJob[];
  objects: Record<string, KubeObject>;
  events: Record<string, KubeObject>;
  /** By job id: reason, type, fieldPath, message. */
  eventsOfJobs: Record<string, [reason: string, type: string, fieldPath: string | null, message: string][]>;
  cadvisor: string[];
  machine: string[];
  managerMetrics: string[];
  jobsList: string;
}

/** What a real cluster with a real runner showed for ten jobs. */
export function readRecording(): Recording {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, "../recorded/ten-jobs.json"), "utf8")) as Recording;
}

interface Status {
  phase: string;
  observedGeneration?: number;
  conditions?: { type: string; status: string; reason?: string }[];
  containerStatuses?: WireContainer[];
  initContainerStatuses?: WireContainer[];
}

interface WireContainer {
  name: string;
  ready: boolean;
  started: boolean;
  state: Record<string, { reason?: string; exitCode?: number }>;
}

/** Trims a version of a pod in the same way as the recording was trimmed. */
export function seenVersion(type: SeenVersion["type"], object: KubeObject): SeenVersion {
  const status = object.status as Status;
  const { metadata } = object;
  return {
    type,
    phase: status.phase,
    node: (object.spec as { nodeName?: string }).nodeName !== undefined,
    generation: metadata.generation ?? 0,
    grace: metadata.deletionGracePeriodSeconds ?? null,
    observedGeneration: status.observedGeneration ?? null,
    init: (status.initContainerStatuses ?? []).map(seenContainer),
    containers: (status.containerStatuses ?? []).map(seenContainer),
    conditions: (status.conditions ?? []).map(({ type: name, status: value, reason }) => ({
      type: name,
      status: value,
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}

function seenContainer(container: WireContainer): SeenContainer {
  const [state = "", detail = {}] = Object.entries(container.state)[0] ?? [];
  return {
    name: container.name,
    state,
    ...(detail.reason === undefined ? {} : { reason: detail.reason }),
    ...(detail.exitCode === undefined ? {} : { exitCode: detail.exitCode }),
    ready: container.ready,
    started: container.started,
  };
}
