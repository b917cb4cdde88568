import { ageMs, isEnded, rankJob } from "@/components/jobs/list/rank-jobs.ts";
import type { JobRow, NodeView } from "@/lib/fleet/schema.ts";
import type { SnapshotFrame } from "@/lib/stream/frame.ts";
import { PARTIAL_EPOCH } from "@/lib/stream/partial.ts";

/** A screen shows about 25 rows. More cost the reader more than they show: 400 of them were 1.5 MB of HTML. */
const MAX_JOBS = 60;
const MAX_NODES = 40;

/**
 * What the first HTML is rendered from. A small fleet goes whole, and the stream continues it. Of a large one the jobs that the list shows first (live before
 * ended, worst first, oldest first) and the first nodes; counts come from the overview, which is whole. The rest follows at once on the stream.
 */
export function firstPage(snapshot: SnapshotFrame): SnapshotFrame {
  const jobs = (snapshot.entities.jobs ?? []) as unknown as JobRow[];
  const nodes = (snapshot.entities.nodes ?? []) as unknown as NodeView[];
  if (jobs.length <= MAX_JOBS && nodes.length <= MAX_NODES) return snapshot;
  const entities = { ...snapshot.entities, jobs: firstJobs(jobs, Date.parse(snapshot.at)), nodes: nodes.slice(0, MAX_NODES) };
  return { ...snapshot, epoch: PARTIAL_EPOCH, entities };
}

function firstJobs(jobs: readonly JobRow[], now: number): JobRow[] {
  return jobs
    .map(rankJob)
    .toSorted((a, b) => Number(isEnded(a.job)) - Number(isEnded(b.job)) || a.harm - b.harm || ageMs(b, now) - ageMs(a, now))
    .slice(0, MAX_JOBS)
    .map(({ job }) => job);
}
