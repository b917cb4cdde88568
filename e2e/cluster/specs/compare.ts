import { expect } from "@playwright/test";
import type { Job } from "../../../lib/fleet/schema.ts";
import type { PodHistory, RawPod, RawStatus } from "./pod-truth.ts";

/** Every container of the pod stands in the job, with the state that the API server last reported. */
export function expectSameContainers(job: Job, pod: RawPod): void {
  const names = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.name);
  expect(job.containers.map((container) => container.name).toSorted()).toEqual(names.toSorted());
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  for (const status of statuses) {
    const view = job.containers.find((container) => container.name === status.name);
    expect(view?.state.state, status.name).toBe("known");
    if (view?.state.state !== "known") continue;
    expect({ name: status.name, ...plain(view.state.value) }).toEqual({ name: status.name, ...plainRaw(status) });
    expect(view.restarts, `${status.name} restarts`).toBe(status.restartCount);
  }
}

function plain(state: {
  kind: string;
  reason?: string | null;
  exitCode?: number;
  startedAt?: string | null;
  finishedAt?: string | null;
}): object {
  if (state.kind === "waiting") return { kind: "waiting", reason: state.reason ?? null };
  if (state.kind === "running") return { kind: "running", startedAt: ms(state.startedAt) };
  return {
    kind: "terminated",
    reason: state.reason ?? null,
    exitCode: state.exitCode,
    startedAt: ms(state.startedAt),
    finishedAt: ms(state.finishedAt),
  };
}

function plainRaw({ state }: RawStatus): object {
  if (state.running) return { kind: "running", startedAt: ms(state.running.startedAt) };
  if (state.terminated) {
    const { reason, exitCode, startedAt, finishedAt } = state.terminated;
    return { kind: "terminated", reason: reason ?? null, exitCode, startedAt: ms(startedAt), finishedAt: ms(finishedAt) };
  }
  return { kind: "waiting", reason: state.waiting?.reason ?? null };
}

/** containerd writes the beginning of 1970 where a container could not be started: that is no time. */
const ms = (time: string | null | undefined) => (time && Date.parse(time) > 0 ? Date.parse(time) : null);

/** Times of the job's phases against the pod's own conditions, to the second that Kubernetes keeps. */
export function expectSameTimes(job: Job, history: PodHistory): void {
  const pod = history.last;
  expect(Date.parse(job.createdAt)).toBe(Date.parse(pod.metadata.creationTimestamp));
  const scheduled = pod.status.conditions?.find((condition) => condition.type === "PodScheduled" && condition.status === "True");
  const scheduling = job.lifecycle.find((phase) => phase.phase === "scheduling");
  if (scheduled?.lastTransitionTime) {
    expect(scheduling?.end.state).toBe("known");
    if (scheduling?.end.state === "known") expect(Date.parse(scheduling.end.value)).toBe(Date.parse(scheduled.lastTransitionTime));
  } else {
    expect(scheduling?.end.state).toBe("unknown");
  }
  if (history.deletedAt !== null) {
    expect(job.deletedAt).not.toBeNull();
    expect(Math.abs(Date.parse(job.deletedAt ?? "") - history.deletedAt)).toBeLessThan(1_000);
    expect(job.ending).toBe("watched");
  }
  // The kubelet's last delete has grace 0 and a later time: the first version that says so is the request.
  const { metadata } = history.versions.find((version) => version.metadata.deletionTimestamp !== undefined) ?? pod;
  if (metadata.deletionTimestamp) {
    const asked = Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1_000;
    expect(Math.abs(Date.parse(job.deletionRequestedAt ?? "") - asked)).toBeLessThanOrEqual(1_000);
  }
}

/** Waits until the witness has the pod of this job deleted. */
export async function untilDeleted(find: () => PodHistory[], timeoutMs = 120_000): Promise<PodHistory> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const history = find().find((one) => one.deletedAt !== null);
    if (history) return history;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`The pod was not deleted within ${timeoutMs} ms.`);
}
