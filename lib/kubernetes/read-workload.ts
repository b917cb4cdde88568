import type { Fields } from "../base/is-fields.ts";
import { keep, KEPT_WORKLOAD_LABELS } from "./kept-keys.ts";
import { fields, integer, items } from "./read-field.ts";
import { readMeta, readObject, readOwners, required, type ReadContext } from "./read-meta.ts";
import { readImage } from "./read-text.ts";
import type { WorkloadRecord } from "./schema.ts";

/** An apps/v1 Deployment. Items of a list carry no `kind`, so the caller says what it asked for. Throws ReadError like readPod. */
export function readDeployment(raw: unknown, context: ReadContext): WorkloadRecord {
  return readWorkload(raw, context, "Deployment");
}

/** An apps/v1 ReplicaSet; all its pods count as updated. Throws ReadError like readPod. */
export function readReplicaSet(raw: unknown, context: ReadContext): WorkloadRecord {
  return readWorkload(raw, context, "ReplicaSet");
}

/** Throws ReadError without uid, name or namespace. */
function readWorkload(raw: unknown, context: ReadContext, kind: WorkloadRecord["kind"]): WorkloadRecord {
  const { object, metadata } = readObject(raw);
  const spec = fields(object["spec"]);
  const status = fields(object["status"]);
  const template = fields(spec["template"]);
  const current = integer(status["replicas"]) ?? 0;
  return {
    ...readMeta(metadata, context),
    kind,
    namespace: required(metadata, "namespace"),
    // The operator labels only the pods, so the template counts too.
    labels: { ...keep(fields(template["metadata"])["labels"], KEPT_WORKLOAD_LABELS), ...keep(metadata["labels"], KEPT_WORKLOAD_LABELS) },
    owners: readOwners(metadata),
    images: readImages(fields(template["spec"])),
    // Counts that are 0 are left out of the JSON; `spec.replicas` defaults to 1 (apps/v1).
    replicas: {
      desired: integer(spec["replicas"]) ?? 1,
      current,
      ready: integer(status["readyReplicas"]) ?? 0,
      updated: kind === "ReplicaSet" ? current : (integer(status["updatedReplicas"]) ?? 0),
    },
  };
}

function readImages(spec: Fields): string[] {
  const images = items(spec["containers"]).map((container) => readImage(container["image"]));
  return [...new Set(images)].filter((image) => image !== null);
}
