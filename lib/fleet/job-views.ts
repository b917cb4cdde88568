import type { PersistentMap } from "../base/persistent-map.ts";
import { jobOf, type JobMemo } from "./fold-job.ts";
import type { Job } from "./schema.ts";

/** Jobs by key, each derived when it is asked for: 10,000 whole jobs are 50 MB that hardly anybody looks at. */
export class JobViews implements ReadonlyMap<string, Job> {
  readonly memos: PersistentMap<JobMemo>;

  constructor(memos: PersistentMap<JobMemo>) {
    this.memos = memos;
  }

  get size(): number {
    return this.memos.size;
  }

  get(key: string): Job | undefined {
    const memo = this.memos.get(key);
    return memo === undefined ? undefined : jobOf(memo);
  }

  has(key: string): boolean {
    return this.memos.has(key);
  }

  forEach(visit: (value: Job, key: string, map: ReadonlyMap<string, Job>) => void): void {
    for (const [key, job] of this.entries()) visit(job, key, this);
  }

  *entries(): MapIterator<[string, Job]> {
    for (const [key, memo] of this.memos) yield [key, jobOf(memo)];
  }

  keys(): MapIterator<string> {
    return this.memos.keys();
  }

  *values(): MapIterator<Job> {
    for (const memo of this.memos.values()) yield jobOf(memo);
  }

  [Symbol.iterator](): MapIterator<[string, Job]> {
    return this.entries();
  }
}
