import { valueOf, type Known, type Timestamp } from "../../base/known.ts";
import { formatBytes, formatCpu } from "../../base/units.ts";
import type { Evidence } from "../evidence.ts";
import { say } from "../sentence-keys.ts";
import type { Manager, Sentence } from "../schema.ts";
import type { QuotaReading } from "./quota-room.ts";
import { refusalOf } from "./request-path.ts";
import type { Capacity, WaitingTags } from "./schema.ts";
import type { SlotTotal } from "./sum-slots.ts";

/** With all slots taken, a few pods without room are not what holds the others; more than this share of them is. */
const ROOM_SHARE = 0.2;

export interface CapacityInput {
  slots: SlotTotal;
  requestPath: Capacity["requestPath"];
  cluster: Capacity["cluster"];
  waiting: Known<WaitingTags[]>;
  managers: readonly Manager[];
  quotas: readonly QuotaReading[];
  at: Timestamp;
}

/**
 * Which ceiling binds, and why the other two do not. Pods that get no room bind before slots, which they hold while they wait; slots before
 * the request path, for a full manager does not poll. `none` is said only where a manager tells of a free slot.
 */
export function judgeCapacity(input: CapacityInput): Capacity {
  const { slots, requestPath, cluster } = input;
  const { binds, sentence } = bindingOf(input);
  const others: [Capacity["binds"], Sentence | null][] = [
    ["slots", whyNotSlots(input)],
    ["request-path", whyNotPath(input)],
    ["cluster", whyNotCluster(input)],
  ];
  return {
    binds,
    sentence,
    slots: slots.sum,
    requestPath,
    cluster,
    evidence: evidenceOf(input),
    whyNot: others.flatMap(([ceiling, why]) => (ceiling === binds || why === null ? [] : [why])),
  };
}

type Binding = Pick<Capacity, "binds" | "sentence">;

function bindingOf(input: CapacityInput): Binding {
  const { slots, requestPath, cluster, waiting } = input;
  const { sum } = slots;
  const full = slots.at !== null && sum.total > 0 && sum.free === 0;
  const stuck = cluster.unschedulable + cluster.withoutPod;
  if (stuck > 0 && (!full || stuck > sum.used * ROOM_SHARE)) return roomBinds(cluster);
  if (full) return slotsBind(input);
  const heldFor = (key: string) => (valueOf(waiting) ?? []).find(({ heldBy }) => heldBy.key === key);
  const byRunner = heldFor("held.slots") ?? heldFor("held.limit");
  if (byRunner !== undefined)
    return {
      binds: "slots",
      sentence: say("capacity.runner-full", { runner: byRunner.heldBy.values["runner"] ?? "none", count: byRunner.count }),
    };
  const turnover = heldFor("held.turnover");
  if (turnover !== undefined) {
    const { used = 0, total = 0 } = turnover.heldBy.values;
    return { binds: "slots", sentence: say("capacity.slots-turnover", { count: turnover.count, used, total }) };
  }
  if (requestPath.state === "held") {
    const status = refusalOf(input.managers, input.at) ?? "none";
    return { binds: "request-path", sentence: say("capacity.request-path", { status, free: sum.free }) };
  }
  const slow = heldFor("held.slow");
  if (slow !== undefined) return { binds: "request-path", sentence: say("capacity.request-slow", { count: slow.count, free: sum.free }) };
  // Of several namespaces one quota holds its own jobs only.
  if (cluster.quota?.fits === 0 && input.quotas.length === 1)
    return { binds: "cluster", sentence: say("capacity.quota-full", quotaWords(cluster.quota)) };
  // Without a manager nobody would use the room.
  if (valueOf(cluster.fits) === 0 && input.managers.length > 0)
    return { binds: "cluster", sentence: say("capacity.cluster-full", { nodes: cluster.nodes, by: cluster.boundBy ?? "none" }) };
  if (slots.at === null) return { binds: "unknown", sentence: say("capacity.unknown", {}) };
  return { binds: "none", sentence: say("capacity.none", { free: sum.free, total: sum.total }) };
}

function roomBinds({ unschedulable, lacks, withoutPod, quota }: Capacity["cluster"]): Binding {
  if (unschedulable === 0 && quota?.fits === 0)
    return { binds: "cluster", sentence: say("capacity.cluster-quota", { count: withoutPod, ...quotaWords(quota) }) };
  return {
    binds: "cluster",
    sentence:
      unschedulable > 0
        ? say("capacity.cluster", { count: unschedulable, by: lacks ?? "none" })
        : say("capacity.cluster-refused", { count: withoutPod }),
  };
}

function quotaWords({ namespace, name, resource }: NonNullable<Capacity["cluster"]["quota"]>) {
  return { quota: name, namespace, resource };
}

function slotsBind({ slots: { sum }, managers }: CapacityInput): Binding {
  const limits = managers.filter(({ slots }) => slots.boundBy === "limits").length;
  const telling = managers.filter(({ slots }) => slots.boundBy !== null).length;
  const by = limits === 0 ? "concurrent" : limits === telling ? "limits" : "both";
  return {
    binds: "slots",
    sentence:
      sum.unknownManagers > 0
        ? say("capacity.slots-known", { total: sum.total, more: sum.unknownManagers, by })
        : say("capacity.slots", { total: sum.total, by }),
  };
}

function whyNotSlots({ slots: { sum, at } }: CapacityInput): Sentence | null {
  if (at === null) return say("capacity.slots-unread", {});
  if (sum.free === 0) return say("capacity.slots-also", { total: sum.total });
  return say("capacity.not-slots", { free: sum.free, total: sum.total, more: sum.unknownManagers });
}

function whyNotPath({ requestPath, slots }: CapacityInput): Sentence | null {
  if (requestPath.state === "unknown") return say("capacity.path-unread", {});
  if (requestPath.state === "held") return say("capacity.path-also", {});
  if (slots.sum.free === 0) return say("capacity.path-idle", {});
  const good = requestPath.statuses.reduce((sum, { status, count }) => sum + (status.startsWith("2") ? count : 0), 0);
  const bad = requestPath.statuses.reduce((sum, { status, count }) => sum + (status.startsWith("2") ? 0 : count), 0);
  return say("capacity.not-path", { count: good, failures: bad });
}

function whyNotCluster({ cluster }: CapacityInput): Sentence | null {
  if (cluster.unschedulable > 0) return say("capacity.cluster-also", { count: cluster.unschedulable });
  if (cluster.fits.state === "unknown") return say("capacity.cluster-unread", {});
  const by = cluster.boundBy ?? "none";
  return cluster.fits.value === 0
    ? say("capacity.cluster-full-too", { by })
    : say("capacity.not-cluster", { count: cluster.fits.value, by });
}

function evidenceOf({ slots, requestPath, cluster, managers, quotas }: CapacityInput): Evidence[] {
  const evidence: Evidence[] = [];
  const { sum, at } = slots;
  if (at !== null)
    evidence.push({
      source: "managers, /metrics",
      field: "gitlab_runner_jobs, gitlab_runner_concurrent, gitlab_runner_limit",
      value: `${sum.used} of ${sum.total} slots used in ${sum.managers - sum.unknownManagers} of ${sum.managers} managers`,
      at,
    });
  if (requestPath.since !== null)
    evidence.push({
      source: "managers, /metrics",
      field: 'gitlab_runner_api_request_statuses_total{endpoint="request_job"}',
      value: requestPath.statuses.map(({ status, count }) => `${status} ×${count}`).join(", ") || "no answer",
      at: requestPath.since,
    });
  const exceeded = managers.reduce(
    (most, { runners }) => Math.max(most, ...runners.map((one) => one.requestConcurrency.exceededTotal ?? 0)),
    0,
  );
  if (exceeded > 0)
    evidence.push({ source: "managers, /metrics", field: "gitlab_runner_request_concurrency_exceeded_total", value: String(exceeded), at });
  const fits =
    cluster.fits.state === "known"
      ? `${cluster.fits.value} more jobs fit, node by node`
      : `how many jobs fit is not known: ${cluster.fits.reason}`;
  evidence.push({
    source: "nodes and pods",
    field: "allocatable − requests",
    value: `${fits}; ${cluster.unschedulable} unschedulable, ${cluster.withoutPod} without a pod`,
    at: cluster.fits.state === "known" ? cluster.fits.at : null,
  });
  return [...evidence, ...quotaEvidence(cluster, quotas)];
}

/** The tightest quota; and where one could be why pods are refused, the right that is missing to see it. */
function quotaEvidence({ quota, withoutPod }: Capacity["cluster"], quotas: readonly QuotaReading[]): Evidence[] {
  if (quota !== null) {
    const { namespace, name, resource, used, hard } = quota;
    return [
      {
        source: `ResourceQuota ${namespace}/${name}`,
        field: resource,
        value: `${amountOf(resource, used)} of ${amountOf(resource, hard)} used`,
        at: null,
      },
    ];
  }
  if (withoutPod === 0) return [];
  return quotas.flatMap(({ rule }) =>
    rule === null
      ? []
      : [{ source: `namespace ${rule.namespace ?? ""}`, field: rule.resource, value: `not allowed: ${rule.verbs.join(", ")}`, at: null }],
  );
}

function amountOf(resource: string, amount: number): string {
  if (/(?:^|\.)cpu$/.test(resource)) return formatCpu(amount * 1_000);
  return /(?:^|\.)memory$/.test(resource) ? formatBytes(amount) : String(amount);
}
