import { readFileSync } from "node:fs";
import path from "node:path";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import { readEvent } from "../kubernetes/read-event.ts";
import { readPod } from "../kubernetes/read-pod.ts";
import { isJobPod } from "../fleet/find-jobs.ts";
import { writeSteps, type Recording, type Step } from "./replay.ts";

/**
 * Makes `recorded/ten-jobs.json` out of the folder of a recording (`pods.watch.json`, `events.watch.json`: lines of a watch;
 * `coordinator-jobs.json`: how the jobs really ended): `node lib/testing/project-recording-main.ts DIR > FILE`.
 * Nothing that `read-pod` drops is in it. A line has no arrival time, so it gets the newest time inside it.
 */
const CLUSTER = "bed";
/** Events that the folds read; the others are two thirds of all. */
const EVENT_REASONS: ReadonlySet<string> = new Set([
  "Scheduled",
  "FailedScheduling",
  "Pulling",
  "Pulled",
  "Failed",
  "BackOff",
  "Killing",
  "FailedCreatePodSandBox",
]);

const [dir] = process.argv.slice(2);
if (dir === undefined) throw new Error("Give the folder of the recording.");

interface Line {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: { metadata: { deletionTimestamp?: string } };
}

const lines = (file: string) =>
  readFileSync(path.join(dir, file), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

/** Newest time inside the object; the time when a deletion is due lies in the future and does not count. */
function newestTime({ object }: Line): number {
  const due = object.metadata.deletionTimestamp;
  const times = [...JSON.stringify(object).matchAll(/"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"/g)].map((match) => match[1] ?? "");
  return Math.max(...times.filter((time) => time !== due).map((time) => Date.parse(time)));
}

const steps: Step[] = [];
const uids = new Set<string>();
let last = 0;
for (const line of lines("pods.watch.json")) {
  last = Math.max(last, newestTime(line));
  const pod: PodRecord = readPod(line.object, { cluster: CLUSTER, seenAt: new Date(last).toISOString() });
  if (!isJobPod(pod)) continue;
  uids.add(pod.uid);
  steps.push({ at: pod.seenAt, type: line.type, pod });
}
for (const line of lines("events.watch.json")) {
  if (line.type === "DELETED") continue;
  const event: EventRecord = readEvent(line.object, { cluster: CLUSTER, seenAt: new Date(newestTime(line)).toISOString() });
  if (uids.has(event.regarding.uid) && EVENT_REASONS.has(event.reason)) steps.push({ at: event.seenAt, type: line.type, event });
}
const outcomes = (
  JSON.parse(readFileSync(path.join(dir, "coordinator-jobs.json"), "utf8")) as {
    id: number;
    name: string;
    state: string;
    failure_reason: string | null;
    exit_code: number | null;
  }[]
).map(({ id, name, state, failure_reason: failureReason, exit_code: exitCode }) => ({
  id: String(id),
  name,
  state,
  failureReason,
  exitCode,
}));
// The sort is stable: a watch's own order stays.
const recording: Recording = { outcomes, steps: writeSteps(steps.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) };
process.stdout.write(`${JSON.stringify(recording).replaceAll(/\},\{"at"/g, '},\n{"at"')}\n`);
