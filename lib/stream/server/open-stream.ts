import "server-only";
import type { Topic } from "../frame.ts";
import type { Hub, Subscription } from "./hub.ts";

/** Bytes that may wait for one viewer beyond its socket's own buffer before it counts as slow. */
const QUEUE_BYTES = 256 * 1024;

/**
 * The body of one viewer's response. Ends when `signal` aborts, the viewer goes or the hub stops; with `once` as soon as the viewer is up to date, for one
 * behind a proxy that passes on only whole answers. null when the topic is not known.
 */
export function openStream(
  hub: Hub,
  topic: Topic,
  holds: { epoch: string; revision: number } | null,
  signal: AbortSignal,
  once = false,
): ReadableStream<Uint8Array> | null {
  let subscription: Subscription | null = null;
  let closed = false;
  let finish = () => {};
  const leave = () => {
    closed = true;
    signal.removeEventListener("abort", finish);
    subscription?.leave();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        finish = () => {
          if (closed) return;
          leave();
          controller.close();
        };
        subscription = hub.subscribe(topic, holds, {
          write: (bytes) => {
            if (!closed) controller.enqueue(bytes);
          },
          room: () => controller.desiredSize ?? 0,
          close: () => finish(),
        });
      },
      pull: () => subscription?.drained(),
      cancel: leave,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: QUEUE_BYTES }),
  );
  if (subscription === null) return null;
  if (signal.aborted || once) finish();
  else signal.addEventListener("abort", finish, { once: true });
  return body;
}
