import { known, unknown } from "../base/known.ts";
import type { Capacity, HeldJob, Manager, ManagerEntry, Overview, WaitingTags } from "../fleet/schema.ts";

const AT = "2026-03-01T13:29:55.000Z";
const told = <T>(value: T) => known(value, AT, "test");

export function buildHeldJob(change: Partial<HeldJob> = {}): HeldJob {
  return { jobId: "4711", key: null, stage: "step_script", phase: "script", stageAt: AT, tookAt: "2026-03-01T13:20:00.000Z", ...change };
}

export function buildEntry(change: Partial<ManagerEntry> = {}): ManagerEntry {
  return {
    shortToken: "t3xk9qpzw",
    name: "dind-privileged",
    limit: null,
    used: told(2),
    free: told(8),
    systemId: "r_8QnzKfA2bYcd",
    poll: {
      since: "2026-03-01T13:25:00.000Z",
      at: AT,
      statuses: [
        { status: "201", count: 5 },
        { status: "204", count: 95 },
      ],
      refused: [],
      lastAnswerAt: AT,
      lastSuccessAt: AT,
      lastJobAt: "2026-03-01T13:28:00.000Z",
      openSince: null,
    },
    requestConcurrency: { inFlight: 1, exceededTotal: 0, hardLimit: 4, adaptiveLimit: 2, usedLimit: 2 },
    queueAtPickUp: { size: null, depth: null },
    failures: [],
    tags: told(["docker", "privileged"]),
    runUntagged: told(false),
    paused: told(false),
    ...change,
  };
}

/** A manager with 10 slots that holds two jobs; `change` replaces what a test is about. */
export function buildManager(change: Partial<Manager> = {}): Manager {
  const uid = change.uid ?? "m-1";
  return {
    key: `test/${uid}`,
    cluster: "test",
    uid,
    namespace: "gitlab-runner",
    pod: "gitlab-runner-6c9f7d5b8c-4xk2p",
    workload: "gitlab-runner",
    node: "ci-1",
    image: "gitlab-runner:v18.3.1",
    version: told("18.3.1"),
    foundBy: "chart-label",
    podPhase: "Running",
    ready: true,
    restarts: 0,
    startedAt: told("2026-03-01T09:00:00.000Z"),
    terminating: false,
    lastTermination: null,
    port: { state: { state: "live", since: AT }, at: AT },
    slots: { total: told(10), used: told(2), free: told(8), boundBy: "concurrent" },
    runners: [buildEntry()],
    jobs: told([buildHeldJob(), buildHeldJob({ jobId: "4712", stage: "", phase: "starting" })]),
    processState: told("running"),
    config: { told: unknown("not-connected"), rule: null },
    use: {
      cpu: told({ millicores: 90, limitMillicores: 1_000, throttledShare: 0 }),
      memory: told({ bytes: 158 * 2 ** 20, limitBytes: 512 * 2 ** 20 }),
    },
    ...change,
  };
}

/** One that nobody could read. */
export function buildSilentManager(change: Partial<Manager> = {}): Manager {
  const none = unknown("not-seen");
  return buildManager({
    port: { state: { state: "failed", since: AT, error: { code: "unreachable", detail: "" }, retryAt: AT }, at: null },
    slots: { total: none, used: none, free: none, boundBy: null },
    runners: [],
    jobs: none,
    processState: none,
    use: { cpu: unknown("not-sampled"), memory: unknown("not-sampled") },
    ...change,
  });
}

export function buildWaiting(change: Partial<WaitingTags> = {}): WaitingTags {
  return {
    tags: ["docker"],
    count: 7,
    oldestAt: "2026-03-01T13:25:48.000Z",
    heldBy: { key: "capacity.unknown", values: {} },
    ...change,
  };
}

/** Slots bind: 10 of 10 in use, the cluster has room for 9 by CPU and 28 by memory. */
export function buildCapacity(change: Partial<Capacity> = {}): Capacity {
  return {
    binds: "slots",
    sentence: { key: "capacity.unknown", values: {} },
    slots: { managers: 1, unknownManagers: 0, total: 10, used: 10, free: 0 },
    requestPath: { state: "clear", statuses: [{ status: "204", count: 90 }], since: AT, failing: [] },
    cluster: {
      fits: told(9),
      boundBy: "cpu",
      cpu: { perNode: 9, inTotal: 11 },
      memory: { perNode: 28, inTotal: 30 },
      pods: { perNode: 300, inTotal: 300 },
      mix: { jobs: 10, cpuMillicores: 500, memoryBytes: 2 ** 29 },
      nodes: 3,
      leftOut: 0,
      unschedulable: 0,
      lacks: null,
      quota: null,
      withoutPod: 0,
    },
    evidence: [{ source: "manager", field: "gitlab_runner_concurrent", value: "10", at: AT }],
    whyNot: [],
    ...change,
  };
}

/** What managers and GitLab add to an overview. */
export function buildQueue(change: Partial<Overview> = {}): Pick<Overview, "slots" | "waiting" | "waitingTags" | "capacity"> {
  const capacity = change.capacity ?? buildCapacity();
  return { slots: told(capacity.slots), waiting: told(7), waitingTags: told([buildWaiting()]), capacity, ...change };
}
