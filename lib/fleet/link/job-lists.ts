import { changedKeys, PersistentMap } from "../../base/persistent-map.ts";
import type { ManagerReading } from "../../manager/schema.ts";

/** Which jobs stand on the managers' lists. */
export interface JobLists {
  readonly readings: ReadonlyMap<string, ManagerReading>;
  /** On how many lines a job stands, by GitLab job id. */
  readonly listed: PersistentMap<number>;
  /** Jobs that stand on more than one. The same set while it says the same. */
  readonly twice: ReadonlySet<string>;
}

const NO_LISTS: JobLists = { readings: new Map(), listed: PersistentMap.from(), twice: new Set() };

/** Counts the lines of the lists that changed; a look at one manager of sixty changes one. */
export function listJobs(previous: JobLists | null, readings: ReadonlyMap<string, ManagerReading>): JobLists {
  const before = previous ?? NO_LISTS;
  if (before.readings === readings) return { readings, listed: before.listed, twice: before.twice };
  const steps = new Map<string, number>();
  const count = (reading: ManagerReading | undefined, step: 1 | -1) => {
    for (const { jobId } of reading?.jobs ?? []) if (jobId !== null) steps.set(jobId, (steps.get(jobId) ?? 0) + step);
  };
  for (const key of changedKeys(before.readings, readings)) {
    const [old, now] = [before.readings.get(key), readings.get(key)];
    if (old?.jobs === now?.jobs) continue;
    count(old, -1);
    count(now, 1);
  }
  const set: [string, number][] = [];
  const remove: string[] = [];
  const twice = new Set(before.twice);
  for (const [jobId, step] of steps) {
    if (step === 0) continue;
    const lines = (before.listed.get(jobId) ?? 0) + step;
    if (lines > 0) set.push([jobId, lines]);
    else remove.push(jobId);
    if (lines > 1) twice.add(jobId);
    else twice.delete(jobId);
  }
  const same = twice.size === before.twice.size && [...twice].every((jobId) => before.twice.has(jobId));
  return { readings, listed: before.listed.patch(set, remove), twice: same ? before.twice : twice };
}
