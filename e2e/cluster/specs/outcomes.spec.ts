// What becomes of a job, by everything that can happen to its containers: all at once, then one by one.
import type { Job } from "../../../lib/fleet/schema.ts";
import type { JobRecord } from "../coordinator/job.ts";
import { samples } from "../samples.ts";
import { expectSameContainers, expectSameTimes, untilDeleted } from "./compare.ts";
import { expect, test } from "./fixture.ts";
import type { PodHistory } from "./pod-truth.ts";
import { isExecuting, ProductView } from "./product-view.ts";

interface Outcome {
  sample: keyof typeof samples;
  gitlab: Pick<JobRecord, "state" | "failure_reason" | "exit_code">;
  /** Container → why it ended, as the kubelet last said. Others: Error, because they were killed with the pod. */
  kubelet?: Record<string, string>;
}
const success = { state: "success", failure_reason: null, exit_code: 0 } as const;
const scriptKilled = { state: "failed", failure_reason: "script_failure", exit_code: 137 } as const;

/** GitLab's and the kubelet's view, as a real runner and kubelet gave them; the product is held against both. */
const OUTCOMES: readonly Outcome[] = [
  { sample: "oomScript", gitlab: scriptKilled, kubelet: { build: "OOMKilled" } },
  { sample: "killed", gitlab: scriptKilled },
  { sample: "oomService", gitlab: success, kubelet: { hungry: "OOMKilled" } },
  { sample: "oomServiceChild", gitlab: success, kubelet: { hungry: "OOMKilled" } },
  { sample: "oomHelper", gitlab: scriptKilled, kubelet: { helper: "OOMKilled" } },
  { sample: "serviceExits", gitlab: success },
  { sample: "timeout", gitlab: { state: "failed", failure_reason: "job_execution_timeout", exit_code: null } },
  { sample: "artifacts", gitlab: success },
];

/** Containers that the product says were OOM-killed. */
const oomKilled = (job: Job) =>
  [job.verdict, ...job.findings].filter((one) => one.kind === "oom-killed" || one.kind === "oom-kill").map((one) => one.container);

function endReasons(history: PodHistory): Record<string, string | undefined> {
  return Object.fromEntries((history.last.status.containerStatuses ?? []).map((status) => [status.name, status.state.terminated?.reason]));
}

test.describe("outcomes", () => {
  test.describe.configure({ mode: "serial" });
  const ids = new Map<string, number>();

  test("all are handed in at once", async ({ stage }) => {
    for (const { sample } of OUTCOMES) ids.set(sample, (await stage.bed.submit({ ...samples[sample], name: sample })).id);
  });

  for (const { sample, gitlab, kubelet = {} } of OUTCOMES) {
    test(`${sample}: ${gitlab.state}, ${JSON.stringify(kubelet)}`, async ({ stage }) => {
      const id = ids.get(sample)!;
      const job = await stage.bed.waitForJob(id, (one) => one.finished_at !== null, 180_000);
      expect(job).toMatchObject({ ...gitlab, trace_complete: true });
      const history = await untilDeleted(() => stage.truth.ofJob(id));
      const view = new ProductView(stage.product.url);
      const ended = await view.until(id, "ended", (one) => one.phase === "ended" && one.uid === history.uid);
      expectSameContainers(ended, history.last);
      expectSameTimes(ended, history);
      expect(endReasons(history)).toMatchObject(kubelet);
      expect(new Set(oomKilled(ended))).toEqual(new Set(Object.keys(kubelet)));
    });
  }
});

test("a service that ends at its start is seen while the job still runs", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  const { id } = await stage.bed.submit({ ...samples.serviceExits, name: "broken-service" });
  const running = await view.until(id, "running with a dead service", (job) =>
    job.containers.some(({ name, state }) => name === "broken" && state.state === "known" && state.value.kind === "terminated"),
  );
  expect(running.phase).not.toBe("ended");
  expect(running.findings.filter((finding) => finding.kind === "container-exited").map((finding) => finding.container)).toEqual(["broken"]);
  const state = running.containers.find((container) => container.name === "broken")?.state;
  expect(state).toMatchObject({ value: { kind: "terminated", exitCode: 2 } });
  await untilDeleted(() => stage.truth.ofJob(id));
});

test("a pod that the API server refuses never shows: nothing is made up for it", async ({ stage }) => {
  const { id } = await stage.bed.submit({ ...samples.refused, name: "refused" });
  const job = await stage.bed.waitForJob(id, (one) => one.state === "failed", 120_000);
  expect(job.failure_reason).toBe("runner_system_failure");
  expect(stage.bed.trace(id)).toMatch(/is invalid/);
  expect(stage.truth.ofJob(id)).toEqual([]);
  expect(await new ProductView(stage.product.url).jobs(id)).toEqual([]);
});

test("a manager that is killed shows its restart, and its job's pod is an orphan within 30 s", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  const { id } = await stage.bed.submit({ ...samples.sleep, name: "orphan" });
  await view.until(id, "executing", isExecuting);
  // Only the trace says which manager holds a job; it comes in pieces.
  const holder = () => /Running on \S+ via (gitlab-runner-\S+?)\.\.\./.exec(stage.bed.trace(id))?.[1] ?? "";
  await expect.poll(holder).not.toBe("");
  const manager = holder();
  // Lists are looked at every few seconds; one that nobody has seen names no holder.
  await view.until(id, "held", (one) => one.manager.state === "known");
  await stage.bed.killManager(manager);
  const managers = async () => (await view.get<{ items: { pod: string; restarts: number; ready: boolean }[] }>("/api/v1/managers")).items;
  await expect
    .poll(async () => (await managers()).find((one) => one.pod === manager), { timeout: 60_000 })
    .toMatchObject({ restarts: 1, ready: true });
  expect(stage.bed.job(id).state).toBe("running");
  const job = await view.until(id, "orphaned", (one) => one.verdict.kind === "orphaned", 30_000);
  expect(isExecuting(job)).toBe(true);
  expect(job.manager).toMatchObject({ value: { pod: manager } });
  await stage.bed.kubectl("--namespace", "gitlab-runner", "delete", "pod", job.pod, "--wait=false");
  const history = await untilDeleted(() => stage.truth.ofJob(id));
  const ended = await view.until(id, "ended", (one) => one.phase === "ended");
  expectSameContainers(ended, history.last);
  expectSameTimes(ended, history);
});
