import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { readNode } from "../../kubernetes/read-node.ts";
import { readPod } from "../../kubernetes/read-pod.ts";
import type { EventRecord, NodeRecord, PodRecord, WorkloadRecord } from "../../kubernetes/schema.ts";
import { buildEvent } from "../../testing/build-pod-record.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { readSteps } from "../replay/read-steps.ts";
import { RecordedCluster } from "../replay/recorded-cluster.ts";
import type { Step } from "../replay/step.ts";
import { FleetRecorder } from "./recorder.ts";

const raw = (name: string) =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, "../../testing/recorded", `${name}.json`), "utf8")) as unknown;
const context = { cluster: "live", seenAt: "2026-11-24T04:25:00.000Z" };

class FakeWatch {
  readonly #changed: (() => void)[] = [];
  readonly #gone: ((pod: PodRecord, how: "watched" | "missed", at: string) => void)[] = [];
  readonly maps = {
    pods: new Map<string, PodRecord>(),
    events: new Map<string, EventRecord>(),
    nodes: new Map<string, NodeRecord>(),
    workloads: new Map<string, WorkloadRecord>(),
  };
  readonly record = { key: "live", name: "live", namespaces: null, scope: "cluster" as const, serverVersion: null };
  readonly pods = { revision: 0, snapshot: () => this.maps.pods };
  readonly events = { revision: 0, snapshot: () => this.maps.events };
  readonly nodes = { revision: 0, snapshot: () => this.maps.nodes };
  readonly workloads = { revision: 0, snapshot: () => this.maps.workloads };
  start() {}
  stop = () => Promise.resolve();
  reports = () => [];
  onChange(listener: () => void) {
    this.#changed.push(listener);
    return () => {};
  }
  onDeleted(listener: (pod: PodRecord, how: "watched" | "missed", at: string) => void) {
    this.#gone.push(listener);
    return () => {};
  }
  change() {
    for (const listener of this.#changed) listener();
  }
  remove(pod: PodRecord) {
    this.maps.pods.delete(pod.uid);
    for (const listener of this.#gone) listener(pod, "watched", context.seenAt);
  }
}

it("writes each version once, only of job pods, managers and what is about them, and replays to the same verdict", () => {
  const watch = new FakeWatch();
  const steps: Step[] = [];
  const clock = new FakeClock("2026-11-24T04:26:00Z");
  new FleetRecorder({ watch, clock, write: (step) => steps.push(step) });
  const node = readNode(raw("node"), context);
  const job = readPod(raw("pod-service-oom"), context);
  const gone = readPod(raw("pod-build-oom-deleted"), context);
  const other = { ...job, uid: "other", name: "web-1", labels: {}, annotations: {}, containers: [] };
  watch.maps.nodes.set(node.uid, node);
  for (const pod of [job, gone, other]) watch.maps.pods.set(pod.uid, pod);
  const event = (uid: string, about: string) =>
    buildEvent("Pulled", "x", { uid, regarding: { kind: "Pod", namespace: "ci", name: "x", uid: about, container: null } });
  watch.maps.events.set("e1", event("e1", job.uid));
  watch.maps.events.set("e2", event("e2", "other"));
  watch.change();
  watch.change();
  clock.advance(2_000);
  watch.remove(gone);
  expect(steps.map((step) => step.kind)).toEqual(["node", "pod", "pod", "event", "gone"]);
  expect(JSON.stringify(steps)).not.toContain("web-1");

  const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-record-"));
  writeFileSync(path.join(folder, "records.jsonl"), steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
  const fleet = new RecordedCluster("recording").play(readSteps(folder, "recording"));
  rmSync(folder, { recursive: true, force: true });
  expect(
    [...fleet.jobs.values()].map((one) => [one.verdict.kind, one.findings.map((finding) => finding.kind).includes("oom-kill")]),
  ).toEqual([
    ["running", true],
    ["oom-killed", false],
  ]);
});
