import type { Job } from "../fleet/schema.ts";
import { buildSnapshot } from "../stream/server/encode.ts";
import type { SnapshotFrame } from "../stream/frame.ts";
import type { Runtime } from "./composition.ts";
import { jobCollections } from "./topic-collections.ts";

/** What a job's page is rendered from: the live topic, or what the history keeps. null: nobody knows the job. */
export async function jobSnapshot(
  runtime: Runtime,
  cluster: string,
  uid: string,
): Promise<{ initial: SnapshotFrame; job: Job; live: boolean } | null> {
  const topic = `job:${cluster}/${uid}` as const;
  const held = runtime.job(`${cluster}/${uid}`);
  const live = runtime.snapshot(topic);
  if (live !== null && held !== null) return { initial: live, job: held.job, live: true };
  const found = await runtime.find(cluster, uid);
  const collections = jobCollections(found);
  if (found === null || collections === null) return null;
  const head = { epoch: runtime.hub.epoch, at: runtime.fleet().at, topic, revision: 0 };
  return { initial: buildSnapshot(head, collections, runtime.sources()), job: found.job, live: false };
}
