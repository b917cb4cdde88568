import { buildSnapshot } from "../stream/server/encode.ts";
import type { SnapshotFrame } from "../stream/frame.ts";
import type { Runtime } from "./composition.ts";
import { jobCollections } from "./topic-collections.ts";

/** What a job's page is rendered from: the live topic, or what the history keeps. null: nobody knows the job. */
export async function jobSnapshot(
  runtime: Runtime,
  cluster: string,
  uid: string,
): Promise<{ initial: SnapshotFrame; live: boolean } | null> {
  const topic = `job:${cluster}/${uid}` as const;
  const live = runtime.snapshot(topic);
  if (live !== null) return { initial: live, live: true };
  const collections = jobCollections(await runtime.find(cluster, uid));
  if (collections === null) return null;
  const head = { epoch: runtime.hub.epoch, at: runtime.fleet().at, topic, revision: 0 };
  return { initial: buildSnapshot(head, collections, runtime.sources()), live: false };
}
