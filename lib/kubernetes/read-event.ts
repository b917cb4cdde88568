import { shareText } from "../base/share-equal.ts";
import { fields, integer, name, timestamp } from "./read-field.ts";
import { readMeta, readObject, required, type ReadContext } from "./read-meta.ts";
import { readText } from "./read-text.ts";
import type { EventRecord } from "./schema.ts";

/**
 * A core/v1 or events.k8s.io/v1 Event: one store, two spellings (`pkg/apis/events/v1/conversion.go`). The kubelet fills
 * first/lastTimestamp and count; the scheduler eventTime and, for repeats, series. Throws ReadError without uid, name, namespace.
 */
export function readEvent(raw: unknown, context: ReadContext): EventRecord {
  const { object, metadata } = readObject(raw);
  const meta = readMeta(metadata, context);
  const series = fields(object["series"]);
  const source = fields(object["source"] ?? object["deprecatedSource"]);
  const regarding = fields(object["involvedObject"] ?? object["regarding"]);
  const first = timestamp(object["firstTimestamp"] ?? object["deprecatedFirstTimestamp"]);
  const last = timestamp(object["lastTimestamp"] ?? object["deprecatedLastTimestamp"]);
  const eventTime = timestamp(object["eventTime"]);
  return {
    ...meta,
    namespace: required(metadata, "namespace"),
    reason: shareText(name(object["reason"]) ?? ""),
    type: object["type"] === "Warning" ? "Warning" : "Normal",
    message: readText(object["message"] ?? object["note"]) ?? "",
    count: integer(series["count"]) ?? integer(object["count"] ?? object["deprecatedCount"]) ?? 1,
    at: timestamp(series["lastObservedTime"]) ?? last ?? eventTime ?? first ?? meta.createdAt,
    firstAt: first ?? eventTime ?? meta.createdAt,
    component: shareText(name(source["component"]) ?? name(object["reportingComponent"]) ?? name(object["reportingController"])),
    regarding: {
      kind: shareText(name(regarding["kind"]) ?? ""),
      namespace: shareText(name(regarding["namespace"])),
      name: name(regarding["name"]) ?? "",
      uid: name(regarding["uid"]) ?? "",
      container: readContainerName(regarding["fieldPath"]),
    },
  };
}

const CONTAINER_PATH = /^spec\.(?:c|initC|ephemeralC)ontainers\{([^{}]{1,63})\}$/;

/** `spec.containers{build}` to `build` (kubelet `pkg/kubelet/container/ref.go`); the messages of 1.35 no longer hold the name. */
function readContainerName(fieldPath: unknown): string | null {
  return typeof fieldPath === "string" ? (CONTAINER_PATH.exec(fieldPath)?.[1] ?? null) : null;
}
