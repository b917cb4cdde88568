import type { FleetPlan } from "../model/fleet.ts";
import type { ClusterSpec, RegistrySpec } from "../model/cluster-spec.ts";
import type { Fleet } from "../model/fleet.ts";
import { arrive, keep, rotate } from "./arrivals.ts";
import { clusterSpec, nodeSpec, registrySpec, runnerSpec, v2, versions } from "./cluster-plans.ts";
import { cleanUp, interruptManagers, killManagers, loseNode, throttleGitlab } from "./incidents.ts";
import { baseJob, GIB, imageBuild, MIB, ordinary, resources, step, type JobKind } from "./job-kinds.ts";
import { SPECIAL } from "./special-jobs.ts";

export interface ScenarioOptions {
  /** Wanted number of job pods; null: the scenario's own. */
  pods: number | null;
}

export interface Scenario {
  summary: string;
  plan(options: ScenarioOptions): FleetPlan;
}

const MINUTE = 60_000;
const EVENT_TTL_MS = 60 * MINUTE;

interface Parts {
  clusters?: ClusterSpec[];
  registry?: Partial<RegistrySpec>;
  warmUpMs?: number;
  eventTtlMs?: number;
}

function plan(
  live: (fleet: Fleet) => void,
  { clusters = [clusterSpec()], registry = {}, warmUpMs = 4 * MINUTE, eventTtlMs = EVENT_TTL_MS }: Parts = {},
): FleetPlan {
  return { clusters, registry: registrySpec(registry), eventTtlMs, warmUpMs, live };
}

/** A quiet stream of ordinary jobs around the ones a scenario is about. */
function around(kinds: readonly string[], parts: Parts = {}, roundMs = 60_000): Scenario["plan"] {
  return () =>
    plan((fleet) => {
      arrive(fleet, 9000);
      rotate(fleet, kinds, roundMs);
      cleanUp(fleet, 10 * MINUTE);
    }, parts);
}

const MIXED = Object.keys(SPECIAL).filter((kind) => kind !== "never-fits");

function mixed(): FleetPlan {
  // A short memory of pressure: a job a minute fills a node, and the demo has only four.
  const own = { pressureTransitionMs: 20_000 };
  const nodes = [
    ...[1, 2, 3].map((index) => nodeSpec(`ci-node-${index}`, own)),
    nodeSpec("ci-spot-1", { ...own, memoryBytes: 30 * GIB, systemBytes: 1.8 * GIB }),
  ];
  return plan(
    (fleet) => {
      arrive(fleet, 6500);
      arrive(fleet, 24_000, imageBuild);
      rotate(fleet, MIXED, 110_000);
      // Half a round after the one of the rotation: whether a node really runs full depends on what else it holds.
      fleet.timeline.every(110_000, () => fleet.pipeline([(SPECIAL["no-memory-limit"] ?? ordinary)(fleet.random)]), 50_000);
      fleet.timeline.every(100_000, () => fleet.pipeline([(SPECIAL["never-fits"] ?? ordinary)(fleet.random)]), 20_000);
      killManagers(fleet, 5 * MINUTE, 4.3 * MINUTE);
      interruptManagers(fleet, 6 * MINUTE, 5.2 * MINUTE);
      loseNode(fleet, "ci-spot-1", 9 * MINUTE, 4.2 * MINUTE, 3 * MINUTE);
      cleanUp(fleet, 6 * MINUTE, 4 * MINUTE);
    },
    { clusters: [clusterSpec({ nodes })] },
  );
}

const LONG: JobKind = (random) =>
  baseJob(random, {
    name: "long-run",
    build: resources([60, 500], [64 * MIB, 512 * MIB]),
    helper: resources([10, 200], [16 * MIB, 128 * MIB]),
    script: [step(random.between(5000, 7000), 0.3, 0.4, 200 * MIB)],
  });

/** Many pods on many nodes: 50 a node, long jobs, 100 starts a minute. Events live for 1 min (`--event-ttl`): 10,000 pods make 150,000 of them an hour. */
function scale({ pods }: ScenarioOptions): FleetPlan {
  const count = pods ?? 10_000;
  const nodes = Array.from({ length: Math.max(3, Math.ceil(count / 50)) }, (_, index) =>
    nodeSpec(`scale-${String(index + 1).padStart(3, "0")}`),
  );
  const managers = Math.max(3, Math.ceil((count * 1.15) / 200));
  return plan((fleet) => keep(fleet, count, 100, 3 * MINUTE, LONG), {
    clusters: [clusterSpec({ nodes, runners: [runnerSpec({ replicas: managers, concurrent: 200, requestConcurrency: 10 })] })],
    warmUpMs: 6 * MINUTE,
    eventTtlMs: MINUTE,
  });
}

/** All scenarios of `--scenario`. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  mixed: { summary: "the default: a living fleet in which each kind of verdict can be met within two minutes", plan: mixed },
  seed: {
    summary: "3 managers × 10, 3 nodes × 8 CPU / 32 GB, the 170-second job with Docker-in-Docker",
    plan: () => plan((fleet) => arrive(fleet, 11_000, imageBuild)),
  },
  calm: { summary: "a calm day: few jobs, all well", plan: () => plan((fleet) => arrive(fleet, 14_000)) },
  rush: {
    summary: "Monday 9 o'clock: four times more jobs than slots",
    plan: () =>
      plan((fleet) => {
        arrive(fleet, 9000);
        fleet.timeline.every(MINUTE, () => fleet.pipeline(Array.from({ length: 50 }, () => ordinary(fleet.random))), 3.5 * MINUTE);
      }),
  },
  "slots-full": {
    summary: "steadily more jobs than slots, with room in the cluster",
    plan: () => plan((fleet) => arrive(fleet, 2500), { clusters: [clusterSpec({ runners: [runnerSpec({ concurrent: 3 })] })] }),
  },
  limit: {
    summary: "a runner's limit is lower than concurrent: jobs wait although managers have slots",
    plan: () => plan((fleet) => arrive(fleet, 4000), { clusters: [clusterSpec({ runners: [runnerSpec({ limit: 2 })] })] }),
  },
  "node-full": {
    summary: "the only node has no room for the requests of one more job",
    plan: () =>
      plan((fleet) => arrive(fleet, 4000), { clusters: [clusterSpec({ nodes: [nodeSpec("ci-node-1", { cpuMillicores: 2500 })] })] }),
  },
  "oom-build": { summary: "the script is OOM-killed (cgroup v1: one process)", plan: around(["oom-script"], {}, 20_000) },
  "oom-build-v2": {
    summary: "the script is OOM-killed (cgroup v2: the whole container)",
    plan: around(["oom-script", "oom-child-survived"], { clusters: [v2()] }, 40_000),
  },
  "oom-child": { summary: "a child is OOM-killed, the script goes on and succeeds", plan: around(["oom-child-survived"], {}, 20_000) },
  "oom-helper": { summary: "the helper is OOM-killed while it uploads artifacts", plan: around(["oom-helper"], {}, 20_000) },
  "oom-service": { summary: "a service is OOM-killed", plan: around(["oom-service"], {}, 25_000) },
  "oom-init": { summary: "the init container is OOM-killed", plan: around(["oom-init"], {}, 20_000) },
  eviction: { summary: "a job without a memory limit fills its node; the kubelet evicts", plan: around(["no-memory-limit"], {}, 45_000) },
  throttled: {
    summary: "builds and helpers are throttled by their CPU limits",
    plan: around(["throttled-build", "throttled-helper"], {}, 30_000),
  },
  "registry-down": {
    summary: "the image registry does not answer",
    plan: () =>
      plan((fleet) => {
        arrive(fleet, 7000);
        fleet.timeline.after(3.5 * MINUTE, () => fleet.registry.faults.set("registry.example.com/", "connection-refused"));
        for (const { nodes } of fleet.clusters) for (const node of nodes) fleet.timeline.every(20_000, () => node.images.clear());
      }),
  },
  quota: {
    summary: "the namespace's quota is used up",
    plan: () =>
      plan((fleet) => arrive(fleet, 3000), {
        clusters: [
          clusterSpec({
            quotas: [{ namespace: "gitlab-runner", name: "ci-quota", requestsCpuMillicores: 4000, requestsMemoryBytes: 8 * GIB, pods: 20 }],
          }),
        ],
      }),
  },
  starvation: {
    summary: "request_concurrency 1 and a slow GitLab: jobs wait while slots are free",
    plan: () =>
      plan((fleet) => arrive(fleet, 3000), {
        clusters: [
          clusterSpec({
            gitlabTiming: { answerMs: 6000, longPollMs: 50_000 },
            runners: [runnerSpec({ replicas: 1, concurrent: 30, requestConcurrency: 1 })],
          }),
        ],
      }),
  },
  "gitlab-429": {
    summary: "GitLab answers 429 for a minute, every three",
    plan: () =>
      plan((fleet) => {
        arrive(fleet, 5000);
        throttleGitlab(fleet, 3 * MINUTE, 3.5 * MINUTE, MINUTE);
      }),
  },
  "gitlab-429-10m": {
    summary: "GitLab answers 429 for ten minutes",
    plan: () =>
      plan((fleet) => {
        arrive(fleet, 5000);
        throttleGitlab(fleet, 60 * MINUTE, 3.9 * MINUTE, 10 * MINUTE);
      }),
  },
  "manager-killed": {
    summary: "a manager is killed, its jobs are orphaned",
    plan: () =>
      plan((fleet) => {
        arrive(fleet, 5000);
        killManagers(fleet, 2 * MINUTE, 3.5 * MINUTE, "Error");
        cleanUp(fleet, 10 * MINUTE);
      }),
  },
  "node-lost": {
    summary: "a node falls silent and comes back",
    plan: () =>
      plan((fleet) => {
        arrive(fleet, 4500);
        loseNode(fleet, "ci-node-2", 8 * MINUTE, 3.5 * MINUTE, 4 * MINUTE);
        cleanUp(fleet, 10 * MINUTE);
      }),
  },
  "dind-late": { summary: "dockerd is not ready when the script wants it", plan: around(["dind-late", "dind-dies"], {}, 50_000) },
  versions: {
    summary: "runners 17.5, 18.3 and 19.4 side by side",
    plan: () =>
      plan(
        (fleet) => {
          arrive(fleet, 3500);
          rotate(fleet, MIXED, 200_000);
          cleanUp(fleet, 10 * MINUTE);
        },
        { clusters: [clusterSpec({ runners: versions() })] },
      ),
  },
  "two-clusters": {
    summary: "a second cluster with cgroup v2 and Kubernetes 1.36",
    plan: () =>
      plan(
        (fleet) => {
          arrive(fleet, 2600);
          arrive(fleet, 15_000, imageBuild);
          rotate(fleet, MIXED, 130_000);
          cleanUp(fleet, 10 * MINUTE);
        },
        { clusters: [clusterSpec(), v2()] },
      ),
  },
  scale: { summary: "10,000 job pods on 200 nodes, 100 starts a minute (--pods N)", plan: scale },
};
