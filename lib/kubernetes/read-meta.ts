import { isFields, type Fields } from "../base/is-fields.ts";
import type { Timestamp } from "../base/known.ts";
import { shareText, shareValue } from "../base/share-equal.ts";
import { fields, items, name, timestamp } from "./read-field.ts";
import type { Condition, Owner } from "./schema.ts";
import { readText } from "./read-text.ts";

/** What a reader must know besides the object: the key of its cluster, and when it arrived (our clock, milliseconds). */
export interface ReadContext {
  cluster: string;
  seenAt: Timestamp;
}

/** An object that cannot be identified. `field` is the path that is missing or has the wrong type. */
export class ReadError extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field}: ${message}`);
    this.name = "ReadError";
    this.field = field;
  }
}

/** The part of metadata that every record has. */
export interface Meta {
  cluster: string;
  uid: string;
  name: string;
  resourceVersion: string;
  createdAt: Timestamp;
  seenAt: Timestamp;
}

/** The object and its metadata. Throws ReadError without `metadata.uid` or `metadata.name`. */
export function readObject(raw: unknown): { object: Fields; metadata: Fields } {
  if (!isFields(raw)) throw new ReadError("object", "is not a JSON object");
  return { object: raw, metadata: fields(raw["metadata"]) };
}

/** Throws ReadError without uid or name. An object without a creation time was created when it was seen, at the latest. */
export function readMeta(metadata: Fields, context: ReadContext): Meta {
  return {
    cluster: context.cluster,
    uid: required(metadata, "uid"),
    name: required(metadata, "name"),
    resourceVersion: name(metadata["resourceVersion"]) ?? "",
    createdAt: timestamp(metadata["creationTimestamp"]) ?? context.seenAt,
    seenAt: context.seenAt,
  };
}

/** A field of metadata that identifies. Throws ReadError where it is missing. */
export function required(metadata: Fields, field: "uid" | "name" | "namespace"): string {
  const value = name(metadata[field]);
  if (value === null) throw new ReadError(`metadata.${field}`, "is missing or not a text");
  return field === "namespace" ? shareText(value) : value;
}

export function readOwners(metadata: Fields): Owner[] {
  return items(metadata["ownerReferences"]).map((owner) => ({
    kind: name(owner["kind"]) ?? "",
    name: name(owner["name"]) ?? "",
    uid: name(owner["uid"]) ?? "",
    controller: owner["controller"] === true,
  }));
}

/** Conditions of pods and nodes; one without a type is left out. */
export function readConditions(raw: unknown): Condition[] {
  const conditions: Condition[] = [];
  for (const condition of items(raw)) {
    const type = shareText(name(condition["type"]));
    if (type === null) continue;
    const status = condition["status"];
    conditions.push(
      shareValue({
        type,
        status: status === "True" ? "True" : status === "False" ? "False" : "Unknown",
        reason: shareText(name(condition["reason"])),
        message: shareText(readText(condition["message"])),
        lastTransitionAt: timestamp(condition["lastTransitionTime"]),
      } satisfies Condition),
    );
  }
  return conditions;
}
