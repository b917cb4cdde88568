import type { Job, JobRow } from "@/lib/fleet/schema.ts";
import { valueOf } from "@/lib/base/known.ts";
import { badParameter } from "./read-query.ts";
import type { JobsQuery } from "./schema.ts";

export interface JobPage {
  items: Job[];
  nextCursor: string | null;
}

/**
 * Jobs that match, newest pod first; equal times by key, so the order is total. A cursor is the place of the last job in that order:
 * jobs that come or go in between neither shift nor repeat what follows.
 */
export function findJobs({ jobs, rows }: { jobs: ReadonlyMap<string, Job>; rows: ReadonlyMap<string, JobRow> }, query: JobsQuery): JobPage {
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  const limit = query.limit ?? 100;
  const since = query.since === undefined ? null : Date.parse(query.since);
  const found = [...rows.values()].filter((row) => matches(row, query) && (after === null || compare(row, after) > 0)).sort(compare);
  const items: Job[] = [];
  let more = false;
  // Whole jobs are derived one by one, and only until the page is full.
  for (const { key } of found) {
    const job = jobs.get(key);
    if (job === undefined || (since !== null && Date.parse(job.lastSeen) < since)) continue;
    more = items.length === limit;
    if (more) break;
    items.push(job);
  }
  const last = items.at(-1);
  return { items, nextCursor: more && last !== undefined ? writeCursor(last) : null };
}

type Place = Pick<Job, "createdAt" | "key">;

function compare(a: Place, b: Place): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function matches(job: JobRow, query: JobsQuery): boolean {
  if (query.state !== undefined && (job.ending === "live") !== (query.state === "live")) return false;
  if (query.verdict !== undefined && !query.verdict.includes(job.verdict.kind)) return false;
  if (query.project !== undefined && valueOf(job.gitlab.project) !== query.project) return false;
  if (query.node !== undefined && job.node !== query.node) return false;
  if (query.manager !== undefined && valueOf(job.manager)?.pod !== query.manager) return false;
  return query.q === undefined || holds(job, query.q.toLowerCase());
}

function holds(job: JobRow, text: string): boolean {
  const { id, name, project, ref } = job.gitlab;
  const texts = [
    valueOf(id),
    valueOf(name),
    valueOf(project),
    valueOf(ref),
    job.pod,
    job.node,
    ...job.containers.map((container) => container.image),
  ];
  return texts.some((one) => one?.toLowerCase().includes(text) === true);
}

function writeCursor(job: Place): string {
  return Buffer.from(JSON.stringify([job.createdAt, job.key])).toString("base64url");
}

function readCursor(cursor: string): Place {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(place) && place.length === 2 && typeof place[0] === "string" && typeof place[1] === "string")
      return { createdAt: place[0], key: place[1] };
  } catch {
    // Said below.
  }
  throw badParameter(
    "cursor",
    "is not a cursor of this path",
    "Give nextCursor of the page before, unchanged, or leave it out for the first page.",
  );
}
