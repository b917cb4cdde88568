import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readEvent } from "../../kubernetes/read-event.ts";
import { readNode } from "../../kubernetes/read-node.ts";
import { keepFirstDeletion, readPod } from "../../kubernetes/read-pod.ts";
import { readDeployment, readReplicaSet } from "../../kubernetes/read-workload.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import { readJobsList } from "../../manager/read-jobs-list.ts";
import { readMetrics } from "../../manager/read-metrics.ts";
import { parseCadvisor } from "../../metrics/parse-cadvisor.ts";
import { RecordingError } from "./open-recording.ts";
import { splitJson } from "./split-json.ts";
import type { Step } from "./step.ts";

interface WatchEvent {
  type: string;
  object: { kind?: string; metadata?: { deletionTimestamp?: string; uid?: string } };
}

/** Everything of a recording in the order of time; the order within one watch stays. Throws RecordingError with the file that cannot be read. */
export function readSteps(folder: string, cluster: string): Step[] {
  const own = path.join(folder, "records.jsonl");
  const steps = existsSync(own)
    ? readRecords(own)
    : [...readPods(folder, cluster), ...readEvents(folder, cluster), ...readPages(folder), ...readManagers(folder)];
  if (steps.length === 0) throw new RecordingError(`${folder}: the recording holds nothing.`);
  const first = steps.reduce((min, step) => Math.min(min, step.atMs), Number.POSITIVE_INFINITY);
  const still = existsSync(own) ? [] : [...readNodes(folder, cluster, first), ...readWorkloads(folder, cluster, first)];
  return [...still, ...steps].toSorted((a, b) => a.atMs - b.atMs);
}

function readRecords(file: string): Step[] {
  return documents(file).map((step) => step as Step);
}

function documents(file: string): unknown[] {
  if (!existsSync(file)) return [];
  try {
    return splitJson(readFileSync(file, "utf8")).map((text) => JSON.parse(text) as unknown);
  } catch (error) {
    throw new RecordingError(`${path.basename(file)}: ${(error as Error).message}.`);
  }
}

const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"/g;

/** A watch event has no time of its own: it is the newest one inside it. When a deletion is due lies in the future and does not count. */
function newestTime({ object }: WatchEvent): number {
  const due = object.metadata?.deletionTimestamp;
  let newest = 0;
  for (const [, time] of JSON.stringify(object).matchAll(TIME))
    if (time !== undefined && time !== due) newest = Math.max(newest, Date.parse(time));
  return newest;
}

function readPods(folder: string, cluster: string): Step[] {
  const before = new Map<string, PodRecord>();
  let last = 0;
  return (documents(path.join(folder, "pods.watch.json")) as WatchEvent[]).flatMap((event): Step[] => {
    if (event.type === "BOOKMARK" || event.type === "ERROR") return [];
    // Events of one watch come in order, so none is older than the one before it.
    last = Math.max(last, newestTime(event));
    const read = readPod(event.object, { cluster, seenAt: new Date(last).toISOString() });
    const record = keepFirstDeletion(before.get(read.uid), read);
    before.set(record.uid, record);
    return [event.type === "DELETED" ? { atMs: last, kind: "gone", record, ending: "watched" } : { atMs: last, kind: "pod", record }];
  });
}

function readEvents(folder: string, cluster: string): Step[] {
  return (documents(path.join(folder, "events.watch.json")) as WatchEvent[]).flatMap((event): Step[] => {
    if (event.type !== "ADDED" && event.type !== "MODIFIED") return [];
    const atMs = newestTime(event);
    return [{ atMs, kind: "event", record: readEvent(event.object, { cluster, seenAt: new Date(atMs).toISOString() }) }];
  });
}

/** `cadvisor/<ms>.txt` or `cadvisor/<ms>-<node>.txt`. */
function readPages(folder: string): Step[] {
  const pages = path.join(folder, "cadvisor");
  if (!existsSync(pages)) return [];
  return readdirSync(pages).flatMap((file): Step[] => {
    const atMs = Number(/^(\d{10,16})\b/.exec(file)?.[1] ?? Number.NaN);
    return Number.isNaN(atMs) ? [] : [{ atMs, kind: "page", page: parseCadvisor(readFileSync(path.join(pages, file)), atMs) }];
  });
}

/** `managers/<ms>-<pod IP>.metrics.txt` with `….jobs.txt` beside it. */
function readManagers(folder: string): Step[] {
  const pages = path.join(folder, "managers");
  if (!existsSync(pages)) return [];
  return readdirSync(pages).flatMap((file): Step[] => {
    const [, ms, address] = /^(\d{10,16})-(\S+)\.metrics\.txt$/.exec(file) ?? [];
    const list = path.join(pages, file.replace(/metrics\.txt$/, "jobs.txt"));
    if (ms === undefined || address === undefined || !existsSync(list)) return [];
    const metrics = readMetrics(readFileSync(path.join(pages, file), "utf8"));
    // An empty file: the manager did not answer.
    if (metrics.concurrent === null) return [];
    return [{ atMs: Number(ms), kind: "manager", address, metrics, jobs: readJobsList(readFileSync(list, "utf8")).jobs }];
  });
}

function items(folder: string, file: string): { kind?: string }[] {
  const list = documents(path.join(folder, file)) as { kind?: string; items?: { kind?: string }[] }[];
  return list.flatMap((one) => one.items ?? [one]);
}

function readNodes(folder: string, cluster: string, atMs: number): Step[] {
  const context = { cluster, seenAt: new Date(atMs).toISOString() };
  return items(folder, "nodes.json").map((raw) => ({ atMs, kind: "node", record: readNode(raw, context) }));
}

function readWorkloads(folder: string, cluster: string, atMs: number): Step[] {
  const context = { cluster, seenAt: new Date(atMs).toISOString() };
  return items(folder, "workloads.json").flatMap((raw): Step[] => {
    if (raw.kind === "Deployment") return [{ atMs, kind: "workload", record: readDeployment(raw, context) }];
    return raw.kind === "ReplicaSet" ? [{ atMs, kind: "workload", record: readReplicaSet(raw, context) }] : [];
  });
}
