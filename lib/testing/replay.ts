import { readFileSync } from "node:fs";
import path from "node:path";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import type { ManagedJob, ManagerMetrics } from "../manager/schema.ts";
import type { CadvisorPage, ContainerSample } from "../metrics/schema.ts";

/** One line of a recorded watch, as our records. */
export type Step = { at: string; type: "ADDED" | "MODIFIED" | "DELETED" } & ({ pod: PodRecord } | { event: EventRecord });

/** The same with each version of an object as the difference to the version before: most of a pod never changes. */
type WrittenStep = { at: string; type: Step["type"]; kind: "pod" | "event"; uid: string; change: unknown };

export interface Recording {
  /** How the jobs really ended, as GitLab was told. */
  outcomes: { id: string; name: string; state: string; failureReason: string | null; exitCode: number | null }[];
  steps: WrittenStep[];
}

/** Pages of the node's kubelet, each row's values in the order of `fields`. */
export interface RecordedUsage {
  fields: (keyof ContainerSample)[];
  pages: (Pick<CadvisorPage, "machine" | "nested"> & { askedMs: number; rows: unknown[][] })[];
}

/** One look at a manager: its metrics and its list of jobs, read at the same time. */
export interface RecordedManager {
  atMs: number;
  /** The manager pod's IP. */
  address: string;
  metrics: ManagerMetrics;
  jobs: ManagedJob[];
}

export function writeSteps(steps: readonly Step[]): WrittenStep[] {
  const before = new Map<string, unknown>();
  return steps.map((step) => {
    const [kind, record] = "pod" in step ? (["pod", step.pod] as const) : (["event", step.event] as const);
    const change = difference(before.get(record.uid), record);
    before.set(record.uid, record);
    return { at: step.at, type: step.type, kind, uid: record.uid, change };
  });
}

/** The recording of a real cluster (Kubernetes 1.34, containerd, cgroup v1) with a real runner: ten jobs, and three that were under way. */
export function readTenJobs(): { outcomes: Recording["outcomes"]; steps: Step[] } {
  const file = path.join(import.meta.dirname, "recorded/ten-jobs.json");
  const { outcomes, steps } = JSON.parse(readFileSync(file, "utf8")) as Recording;
  const before = new Map<string, unknown>();
  return {
    outcomes,
    steps: steps.map(({ at, type, kind, uid, change }) => {
      const record = applied(before.get(uid), change);
      before.set(uid, record);
      return kind === "pod" ? { at, type, pod: record as PodRecord } : { at, type, event: record as EventRecord };
    }),
  };
}

/** What the kubelet of that node said meanwhile, about the containers of these jobs, oldest page first. */
export function readTenJobsUsage(): { at: string; page: CadvisorPage }[] {
  const file = path.join(import.meta.dirname, "recorded/ten-jobs-usage.json");
  const { fields, pages } = JSON.parse(readFileSync(file, "utf8")) as RecordedUsage;
  return pages.map(({ askedMs, rows, ...page }) => {
    const containers = rows.map((row) => Object.fromEntries(fields.map((field, index) => [field, row[index]])) as ContainerSample);
    const counts = { incomplete: false, lines: 0, bytes: 0, unreadable: 0, dropped: 0 };
    return { at: new Date(askedMs).toISOString(), page: { containers, ...page, ...counts } };
  });
}

/** What the three managers said meanwhile, every five seconds, oldest look first. */
export function readTenJobsManagers(): RecordedManager[] {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, "recorded/ten-jobs-managers.json"), "utf8")) as RecordedManager[];
}

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** What changed: of objects the changed members, of lists of the same length the changed items by index, else the new value. */
function difference(before: unknown, now: unknown): unknown {
  if (!isObject(before) || !isObject(now) || !sameShape(before, now)) return { "=": now };
  const changed = Object.keys(now).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
  return Object.fromEntries(changed.map((key) => [key, difference(before[key], now[key])]));
}

function sameShape(before: Fields, now: Fields): boolean {
  return Array.isArray(before) === Array.isArray(now) && Object.keys(before).join() === Object.keys(now).join();
}

function applied(before: unknown, change: unknown): unknown {
  if (!isObject(change)) throw new Error("Not a recorded change.");
  if ("=" in change) return change["="];
  const next: Fields = Array.isArray(before) ? ([...(before as unknown[])] as unknown as Fields) : { ...(before as Fields) };
  for (const [key, inner] of Object.entries(change)) next[key] = applied(next[key], inner);
  return next;
}
