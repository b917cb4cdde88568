import type { Fields } from "../base/is-fields.ts";
import type { Timestamp } from "../base/known.ts";
import { shareText, shareValue } from "../base/share-equal.ts";
import { keep, KEPT_POD_ANNOTATIONS, KEPT_POD_LABELS } from "./kept-keys.ts";
import { readContainers } from "./read-container.ts";
import { fields, integer, items, list, name, timestamp } from "./read-field.ts";
import { readConditions, readMeta, readObject, readOwners, required, type ReadContext } from "./read-meta.ts";
import { readText } from "./read-text.ts";
import type { PodRecord } from "./schema.ts";

const PHASES: ReadonlySet<unknown> = new Set<PodRecord["phase"]>(["Pending", "Running", "Succeeded", "Failed", "Unknown"]);

const NOBODY: ReadonlySet<string> = new Set();

/** A core/v1 Pod. `managers`: `<namespace>/<name>` of pods, and of what makes them, that are runner managers. Throws ReadError where uid, name or namespace is missing; whatever else is missing reads as not set. */
export function readPod(raw: unknown, context: ReadContext, managers: ReadonlySet<string> = NOBODY): PodRecord {
  const { object, metadata } = readObject(raw);
  const spec = fields(object["spec"]);
  const status = fields(object["status"]);
  return {
    ...readMeta(metadata, context),
    namespace: required(metadata, "namespace"),
    labels: keep(metadata["labels"], KEPT_POD_LABELS),
    annotations: keep(metadata["annotations"], KEPT_POD_ANNOTATIONS),
    owners: readOwners(metadata),
    ...readDeletion(metadata),
    node: shareText(name(spec["nodeName"])),
    phase: isPhase(status["phase"]) ? status["phase"] : "Unknown",
    reason: shareText(name(status["reason"])),
    message: readText(status["message"]),
    podIp: name(status["podIP"]),
    qosClass: shareText(name(status["qosClass"])),
    startedAt: timestamp(status["startTime"]),
    activeDeadlineSeconds: integer(spec["activeDeadlineSeconds"]),
    terminationGraceSeconds: integer(spec["terminationGracePeriodSeconds"]),
    conditions: readConditions(status["conditions"]),
    containers: readContainers(spec, status),
    hostAliases: shareValue(readHostAliases(spec["hostAliases"])),
    volumes: readVolumes(spec["volumes"]),
    configMaps: shareValue(readConfigMaps(spec["volumes"])),
    namedManager: managers.size > 0 && isNamed(metadata, managers),
  };
}

function isPhase(raw: unknown): raw is PodRecord["phase"] {
  return PHASES.has(raw);
}

/** deletionTimestamp is the time of the request plus the grace period (core/v1; registry `rest.BeforeDelete`). */
function readDeletion(metadata: Fields): Pick<PodRecord, "deletionRequestedAt" | "deletionGraceSeconds"> {
  const due = timestamp(metadata["deletionTimestamp"]);
  const graceSeconds = integer(metadata["deletionGracePeriodSeconds"]);
  if (due === null) return { deletionRequestedAt: null, deletionGraceSeconds: graceSeconds };
  return { deletionRequestedAt: minusSeconds(due, graceSeconds ?? 0), deletionGraceSeconds: graceSeconds };
}

function minusSeconds(at: Timestamp, seconds: number): Timestamp {
  return seconds === 0 ? at : new Date(Date.parse(at) - seconds * 1000).toISOString().replace(".000Z", "Z");
}

/**
 * The first request to delete is the one that counts. The kubelet's final delete has grace 0 and a later deletionTimestamp
 * (seen: asked for at 04:23:19 with 30 s, final object 04:23:51 with 0 s), so the last version of a pod alone would move it.
 */
export function keepFirstDeletion(previous: PodRecord | undefined, next: PodRecord): PodRecord {
  const first = previous?.uid === next.uid ? previous.deletionRequestedAt : null;
  if (first === null || first === next.deletionRequestedAt) return next;
  if (next.deletionRequestedAt !== null && Date.parse(next.deletionRequestedAt) < Date.parse(first)) return next;
  return { ...next, deletionRequestedAt: first };
}

function readHostAliases(raw: unknown): PodRecord["hostAliases"] {
  return items(raw).map((alias) => ({
    ip: name(alias["ip"]) ?? "",
    hostnames: list(alias["hostnames"]).flatMap((hostname) => name(hostname) ?? []),
  }));
}

/** The kind is the name of the one member besides `name` (VolumeSource is a union); its content is dropped. */
function readVolumes(raw: unknown): PodRecord["volumes"] {
  return items(raw).map((volume) =>
    shareValue({
      name: name(volume["name"]) ?? "",
      kind: Object.keys(volume).find((key) => key !== "name" && /^[a-zA-Z]{1,40}$/.test(key)) ?? "unknown",
    }),
  );
}

/** The cluster's CA, which is in every pod (kubernetes `rootcacertpublisher`). */
const CLUSTER_CA = "kube-root-ca.crt";

/** Mounted whole or as a part of a projected volume (core/v1 ConfigMapVolumeSource, ConfigMapProjection). */
function readConfigMaps(raw: unknown): string[] {
  const names = items(raw)
    .flatMap((volume) => [volume, ...items(fields(volume["projected"])["sources"])])
    .flatMap((source) => name(fields(source["configMap"])["name"]) ?? []);
  return [...new Set(names)].filter((one) => one !== CLUSTER_CA);
}

/** By its own name or that of its owner; a Deployment's ReplicaSet is called `<deployment>-<hash>` (deployment controller). */
function isNamed(metadata: Fields, managers: ReadonlySet<string>): boolean {
  const owners = readOwners(metadata).flatMap(({ kind, name: owner }) =>
    kind === "ReplicaSet" ? [owner, owner.replace(/-[a-z0-9]{6,10}$/, "")] : [owner],
  );
  return [required(metadata, "name"), ...owners].some((one) => managers.has(`${required(metadata, "namespace")}/${one}`));
}
