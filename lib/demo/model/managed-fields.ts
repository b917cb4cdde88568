import { wholeSeconds, type KubeObject } from "./objects.ts";

type FieldSet = { [field: string]: FieldSet };

const LEAF: FieldSet = {};
const SELF: FieldSet = { ".": LEAF };
/** Lists with a merge key, by field (the `+listMapKey` markers of core/v1/types.go). */
const MERGE_KEYS: Record<string, readonly string[]> = {
  containers: ["name"],
  initContainers: ["name"],
  env: ["name"],
  volumeMounts: ["mountPath"],
  volumes: ["name"],
  hostAliases: ["ip"],
  ports: ["containerPort", "protocol"],
  ownerReferences: ["uid"],
};

/** Structs that are written with a field set of their own. */
const WHOLE = new Set([
  "labels",
  "annotations",
  "limits",
  "requests",
  "capabilities",
  "securityContext",
  "resources",
  "configMap",
  "emptyDir",
  "livenessProbe",
  "readinessProbe",
  "exec",
]);
/** Environments repeat from pod to pod and are most of the set: equal ones are one object. */
const environments = new Map<string, FieldSet>();
/** Objects of plain values, told apart by their keys. */
const flatSets = new Map<string, FieldSet>();

function fieldsOf(value: unknown, field: string): FieldSet {
  if (Array.isArray(value)) return field === "env" ? fieldsOfEnvironment(value) : fieldsOfList(value, field);
  if (typeof value !== "object" || value === null) return LEAF;
  const entries = Object.entries(value as Record<string, unknown>).filter(([, inner]) => inner !== undefined);
  if (entries.length === 0) return LEAF;
  const flat = entries.every(([, inner]) => typeof inner !== "object" || inner === null);
  const key = flat ? `${WHOLE.has(field) ? "." : ""}${entries.map(([name]) => name).join(",")}` : null;
  const known = key === null ? undefined : flatSets.get(key);
  if (known) return known;
  const inner = Object.fromEntries(entries.map(([name, part]) => [`f:${name}`, fieldsOf(part, name)]));
  const set = WHOLE.has(field) ? { ...SELF, ...inner } : inner;
  if (key !== null) flatSets.set(key, set);
  return set;
}

function fieldsOfList(list: unknown[], field: string): FieldSet {
  const keys = MERGE_KEYS[field];
  if (keys === undefined) return LEAF;
  const sets = list.map((item) => {
    const record = item as Record<string, unknown>;
    const name = `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, record[key]])))}`;
    // An owner reference is owned as a whole.
    return [name, field === "ownerReferences" ? LEAF : itemFields(record)] as const;
  });
  // The API server writes regular containers without a `.` of the list.
  return { ...(field === "containers" ? {} : SELF), ...Object.fromEntries(sets) };
}

const items = new WeakMap<FieldSet, FieldSet>();

/** A list item owns itself too; items of the same shape share one set. */
function itemFields(record: Record<string, unknown>): FieldSet {
  const fields = fieldsOf(record, "");
  const known = items.get(fields);
  if (known) return known;
  const set = { ...SELF, ...fields };
  items.set(fields, set);
  return set;
}

function fieldsOfEnvironment(list: unknown[]): FieldSet {
  const key = (list as { name: string; value?: string }[])
    .map((item) => (item.value === undefined ? `${item.name}!` : item.name))
    .join(",");
  const known = environments.get(key);
  if (known) return known;
  const fields = fieldsOfList(list, "env");
  if (environments.size < 500) environments.set(key, fields);
  return fields;
}

/** The entry of the client that created the object: every field it set. What admission adds later is not among them. */
export function creatorFields(
  manager: string,
  at: number,
  metadata: Record<string, unknown>,
  spec: Record<string, unknown>,
): Record<string, unknown> {
  const fields: FieldSet = { "f:metadata": fieldsOf(metadata, "metadata"), "f:spec": fieldsOf(spec, "spec") };
  return { apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: fields, manager, operation: "Update", time: wholeSeconds(at) };
}

const CONDITION = { ".": LEAF, "f:lastProbeTime": LEAF, "f:lastTransitionTime": LEAF };

interface WrittenCondition {
  type: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

function conditionFields(condition: WrittenCondition): FieldSet {
  return {
    ...CONDITION,
    ...(condition.message === undefined ? {} : { "f:message": LEAF }),
    ...(condition.observedGeneration === undefined ? {} : { "f:observedGeneration": LEAF }),
    ...(condition.reason === undefined ? {} : { "f:reason": LEAF }),
    "f:status": LEAF,
    "f:type": LEAF,
  };
}

const conditionSets = new Map<string, FieldSet>();

/** The entry of the kubelet for the status it wrote. */
export function kubeletFields(object: KubeObject, at: number): Record<string, unknown> {
  const status = object.status as Record<string, unknown>;
  const conditions = (status.conditions ?? []) as WrittenCondition[];
  const key = conditions
    .map(
      ({ type, reason, message, observedGeneration }) => `${type}${reason ? "r" : ""}${message ? "m" : ""}${observedGeneration ? "o" : ""}`,
    )
    .join(",");
  const known =
    conditionSets.get(key) ??
    Object.fromEntries(
      conditions.map((condition) => [
        `k:${JSON.stringify({ type: condition.type })}`,
        condition.type === "PodScheduled" ? { "f:observedGeneration": LEAF } : conditionFields(condition),
      ]),
    );
  conditionSets.set(key, known);
  const fields: FieldSet = { "f:conditions": known };
  for (const name of Object.keys(status)) if (isKubeletsOwn(name, status)) fields[`f:${name}`] = LEAF;
  if (status.podIP !== undefined)
    fields["f:podIPs"] = { ...SELF, [`k:${JSON.stringify({ ip: status.podIP })}`]: { ".": LEAF, "f:ip": LEAF } };
  return {
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:status": fields },
    manager: "kubelet",
    operation: "Update",
    subresource: "status",
    time: wholeSeconds(at),
  };
}

/** `phase` belongs to the API server, which wrote Pending, until the kubelet writes another one. */
function isKubeletsOwn(name: string, status: Record<string, unknown>): boolean {
  return name !== "conditions" && name !== "qosClass" && (name !== "phase" || status.phase !== "Pending");
}

/** The entry of the scheduler that found no node. */
export function schedulerFields(at: number): Record<string, unknown> {
  const scheduled = {
    ".": LEAF,
    "f:lastProbeTime": LEAF,
    "f:lastTransitionTime": LEAF,
    "f:message": LEAF,
    "f:observedGeneration": LEAF,
    "f:reason": LEAF,
    "f:status": LEAF,
    "f:type": LEAF,
  };
  const fields: FieldSet = { "f:status": { "f:conditions": { ...SELF, 'k:{"type":"PodScheduled"}': scheduled } } };
  return {
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    manager: "kube-scheduler",
    operation: "Update",
    subresource: "status",
    time: wholeSeconds(at),
  };
}

/** Replaces (or adds) one manager's entry. What the kubelet writes too is no longer the scheduler's alone. */
export function withManagedFields(object: KubeObject, entry: Record<string, unknown>): unknown[] {
  const list = (object.metadata.managedFields ?? []) as Record<string, unknown>[];
  const others = list.filter((known) => known.manager !== entry.manager);
  if (entry.manager !== "kubelet") return [...others, entry];
  return [...others.map((known) => (known.manager === "kube-scheduler" ? { ...known, fieldsV1: SCHEDULER_AFTER_KUBELET } : known)), entry];
}

const SCHEDULED = {
  ".": LEAF,
  "f:lastProbeTime": LEAF,
  "f:lastTransitionTime": LEAF,
  "f:message": LEAF,
  "f:reason": LEAF,
  "f:status": LEAF,
  "f:type": LEAF,
};
const SCHEDULER_AFTER_KUBELET: FieldSet = { "f:status": { "f:conditions": { ...SELF, 'k:{"type":"PodScheduled"}': SCHEDULED } } };
