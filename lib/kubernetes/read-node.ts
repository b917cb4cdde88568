import { keep, KEPT_NODE_LABELS } from "./kept-keys.ts";
import { readResources } from "./read-container.ts";
import { fields, integer, items, name } from "./read-field.ts";
import { readConditions, readMeta, readObject, type ReadContext } from "./read-meta.ts";
import { readQuantity } from "./read-quantity.ts";
import { readText } from "./read-text.ts";
import type { NodeRecord } from "./schema.ts";

/** A core/v1 Node. Throws ReadError without uid or name. */
export function readNode(raw: unknown, context: ReadContext): NodeRecord {
  const { object, metadata } = readObject(raw);
  const spec = fields(object["spec"]);
  const status = fields(object["status"]);
  const info = fields(status["nodeInfo"]);
  const internal = items(status["addresses"]).find((address) => address["type"] === "InternalIP");
  return {
    ...readMeta(metadata, context),
    labels: keep(metadata["labels"], KEPT_NODE_LABELS),
    unschedulable: spec["unschedulable"] === true,
    taints: readTaints(spec["taints"]),
    conditions: readConditions(status["conditions"]),
    internalIp: name(internal?.["address"]),
    // `Port` is spelled so in core/v1 DaemonEndpoint.
    kubeletPort: integer(fields(fields(status["daemonEndpoints"])["kubeletEndpoint"])["Port"]),
    capacity: readAmounts(status["capacity"]),
    allocatable: readAmounts(status["allocatable"]),
    kubeletVersion: name(info["kubeletVersion"]),
    containerRuntimeVersion: name(info["containerRuntimeVersion"]),
    kernelVersion: name(info["kernelVersion"]),
    osImage: name(info["osImage"]),
    architecture: name(info["architecture"]),
  };
}

function readAmounts(raw: unknown): NodeRecord["capacity"] {
  const pods = readQuantity(fields(raw)["pods"]);
  return { ...readResources(raw), pods: pods !== null && Number.isSafeInteger(pods) ? pods : null };
}

function readTaints(raw: unknown): NodeRecord["taints"] {
  return items(raw).map((taint) => ({
    key: name(taint["key"]) ?? "",
    value: readText(taint["value"], 63),
    effect: name(taint["effect"]) ?? "",
  }));
}
