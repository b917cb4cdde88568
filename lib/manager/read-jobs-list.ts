import { shareText } from "../base/share-equal.ts";
import { scrubText } from "../base/scrub-text.ts";
import { parseGoDuration } from "../base/parse-go-duration.ts";
import type { ManagedJob } from "./schema.ts";

/** `concurrent` of one process is rarely above some hundreds. */
const MAX_JOBS = 10_000;
const MAX_LINE = 4_096;
const JOB_ID = /\/(?:-\/)?(?:jobs|builds)\/(\d{1,19})$/;

export interface JobsList {
  jobs: ManagedJob[];
  unreadable: number;
  dropped: number;
}

/**
 * Reads `/debug/jobs/list`, version 2: `url=… state=… stage=… executor_stage=… duration=…` (runner `commands/builds_helper.go`). An empty
 * body is a manager without jobs. Unknown keys are passed over; an empty stage (before the first one) is null.
 */
export function readJobsList(text: string): JobsList {
  const list: JobsList = { jobs: [], unreadable: 0, dropped: 0 };
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const job = line.length > MAX_LINE ? null : readJob(line);
    if (job === null) list.unreadable += 1;
    else if (list.jobs.length >= MAX_JOBS) list.dropped += 1;
    else list.jobs.push(job);
  }
  return list;
}

function readJob(line: string): ManagedJob | null {
  const fields = new Map<string, string>();
  for (const word of line.trim().split(/[ \t]+/)) {
    const equals = word.indexOf("=");
    if (equals <= 0) return null;
    fields.set(word.slice(0, equals), word.slice(equals + 1));
  }
  const [url, state] = [fields.get("url"), fields.get("state")];
  if (url === undefined || state === undefined) return null;
  return {
    url: scrubText(url, 1_024),
    jobId: JOB_ID.exec(url)?.[1] ?? null,
    state: shareText(scrubText(state, 64)),
    stage: shareText(textOf(fields.get("stage"))),
    executorStage: shareText(textOf(fields.get("executor_stage"))),
    durationMs: parseGoDuration(fields.get("duration") ?? ""),
  };
}

function textOf(value: string | undefined): string | null {
  return value === undefined || value === "" ? null : scrubText(value, 128);
}
