import "server-only";
import type { Delta } from "../delta.ts";
import type { Change, Collections } from "../diff.ts";
import type { CollectionName, Entity, Frame, SnapshotFrame, Topic } from "../frame.ts";
import type { SourceReport } from "../../base/source-state.ts";

const encoder = new TextEncoder();

/**
 * A frame as one Server-Sent Event. Frames with a revision carry `id: <epoch>:<revision>`, so that any client may resume with Last-Event-ID.
 * JSON has no raw line breaks, so one `data:` line is enough.
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const id = frame.type === "snapshot" || frame.type === "patch" ? `id: ${frame.epoch}:${frame.revision}\n` : "";
  return encoder.encode(`${id}data: ${JSON.stringify(frame)}\n\n`);
}

/** What a topic holds, as it goes over the wire. */
export function buildSnapshot(
  head: { epoch: string; at: string; topic: Topic; revision: number },
  collections: Collections,
  sources: readonly SourceReport[],
): SnapshotFrame {
  const entities: { [name in CollectionName]?: Entity[] } = {};
  for (const [name, map] of Object.entries(collections)) entities[name as CollectionName] = [...(map?.values() ?? [])];
  return { type: "snapshot", ...head, entities, sources: [...sources] };
}

/** A change as a patch frame. */
export function buildPatch(head: { epoch: string; at: string; from: number; revision: number }, change: Change): Frame {
  return {
    type: "patch",
    ...head,
    upsert: change.upsert as Record<string, Entity[]>,
    change: change.change as Record<string, [string, Delta][]>,
    remove: change.remove as Record<string, string[]>,
  };
}
