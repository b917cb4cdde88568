import type { EventText } from "./event-recorder.ts";
import type { SimulatedNode } from "./node.ts";
import type { Registry } from "./registry.ts";
import type { Timeline } from "./timeline.ts";

export interface PullAsk {
  image: string;
  node: SimulatedNode;
  registry: Registry;
  timeline: Timeline;
  /** Kubernetes minor version: texts differ. */
  minor: number;
  say: (text: EventText) => void;
  done: () => void;
  failed: (message: string) => void;
}

/** Go prints durations of the kubelet's pull events with millisecond precision. */
function goSeconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${Number((ms / 1000).toFixed(3))}s`;
}

/** The image is on the node, or is pulled: one pull at a time per node (serializeImagePulls), with the kubelet's events (image_manager.go). */
export function pullImage(ask: PullAsk): void {
  const { image, node, registry, timeline, minor, say } = ask;
  if (node.images.has(image)) {
    say({
      type: "Normal",
      reason: "Pulled",
      message: `Container image "${image}" already present on machine${minor >= 35 ? " and can be accessed by the pod" : ""}`,
    });
    ask.done();
    return;
  }
  say({ type: "Normal", reason: "Pulling", message: `Pulling image "${image}"` });
  const askedAt = timeline.now;
  const result = registry.pull(image);
  if (!result.ok) {
    timeline.after(result.afterMs, () => ask.failed(result.message));
    return;
  }
  // The same image asked for again waits for the pull under way and then only asks the registry for the digest.
  const under = node.pulls.get(image);
  const lengthMs = under === undefined ? 400 + (result.bytes / node.spec.pullBytesPerSecond) * 1000 : 60;
  const begins = under ?? Math.max(timeline.now, node.pullsEndAt);
  const endsAt = begins + lengthMs / timeline.speed;
  if (under === undefined) {
    node.pullsEndAt = endsAt;
    node.pulls.set(image, endsAt);
  }
  timeline.at(endsAt, () => {
    node.pulls.delete(image);
    node.images.add(image);
    const waitedMs = (timeline.now - askedAt) * timeline.speed;
    say({
      type: "Normal",
      reason: "Pulled",
      message: `Successfully pulled image "${image}" in ${goSeconds(lengthMs)} (${goSeconds(waitedMs)} including waiting). Image size: ${result.bytes} bytes.`,
    });
    ask.done();
  });
}
