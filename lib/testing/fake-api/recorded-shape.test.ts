import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { buildEvent, buildSchedulerEvent } from "./build-event.ts";
import { buildManager } from "./build-manager.ts";
import { buildNode } from "./build-node.ts";
import { buildJobPod } from "./build-pod.ts";
import { endContainer, endPod, refusePod, runPod } from "./move-pod.ts";

/** Objects of a real cluster (Kubernetes 1.34.4, runner 19.4): what the builders make has no field that those do not have. */
function recorded(name: string): unknown {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, "../recorded", `${name}.json`), "utf8"));
}

/** Maps whose keys are data, not fields. */
const OPEN = /\.(labels|annotations|limits|requests|allocatable|capacity|matchLabels)$|managedFields/;

function fieldsOf(value: unknown, at = "", found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) fieldsOf(item, `${at}[]`, found);
  else if (typeof value === "object" && value !== null && !OPEN.test(at))
    for (const [key, inner] of Object.entries(value)) fieldsOf(inner, `${at}.${key}`, found);
  found.add(at);
  return found;
}

function inventedFields(built: unknown, ...real: unknown[]): string[] {
  const known = new Set(real.flatMap((object) => [...fieldsOf(object)]));
  return [...fieldsOf(built)].filter((field) => !known.has(field));
}

const AT = Date.parse("2026-11-24T04:22:43Z");

test("a running job pod", () => {
  const pod = buildJobPod({ secrets: false, services: { db: "postgres:17" } });
  runPod(pod, "node1", AT);
  const real = [recorded("pod-deleting"), recorded("pod-service-oom")];
  expect(inventedFields({ ...pod, metadata: { ...pod.metadata, resourceVersion: "1" } }, ...real)).toEqual([]);
  const missing = inventedFields((real[0] as typeof pod).status, pod.status);
  expect(missing).toEqual([".observedGeneration"]);
});

test("a pod that ended, with an OOM kill, and one that no node takes", () => {
  const pod = buildJobPod({ secrets: false });
  runPod(pod, "node1", AT);
  endContainer(pod, "build", { exitCode: 137, reason: "OOMKilled" }, AT);
  endPod(pod, AT);
  expect(inventedFields(pod.status, (recorded("pod-build-oom-deleted") as typeof pod).status)).toEqual([]);
  const waiting = buildJobPod({ secrets: false });
  refusePod(waiting, "0/1 nodes are available: 1 Insufficient cpu.", AT);
  expect(inventedFields(waiting.status, (recorded("pod-service-oom") as typeof pod).status)).toEqual([]);
});

test("nodes, events, managers", () => {
  expect(inventedFields(buildNode(), recorded("node"))).toEqual([]);
  const pod = buildJobPod();
  const events = [
    buildEvent({ ...pod, metadata: { ...pod.metadata, resourceVersion: "1" } }, { reason: "Pulled", message: "x", container: "build" }),
    buildSchedulerEvent(pod, { reason: "Scheduled", message: "x" }),
  ];
  expect(inventedFields(events, recorded("events"))).toEqual([]);
  const { deployment, replicaSet, pods } = buildManager();
  // The chart starts the runner by an entrypoint script; the recorded deployment calls it directly.
  const differs = (field: string) => /command|\.env|projected|\.uid$/.test(field);
  expect(inventedFields(deployment, recorded("deployment-manager")).filter((field) => !differs(field))).toEqual([]);
  expect(inventedFields(replicaSet, recorded("replicaset-manager")).filter((field) => !differs(field))).toEqual([]);
  expect(inventedFields(pods[0], recorded("pod-manager")).filter((field) => !differs(field))).toEqual([]);
});
