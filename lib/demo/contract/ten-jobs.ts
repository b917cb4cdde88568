import type { JobSpec, ServiceSpec } from "../model/job-spec.ts";
import { CollectingSink } from "../model/collecting-sink.ts";
import { Fleet } from "../model/fleet.ts";
import type { KubeObject, Resource } from "../model/objects.ts";
import { Random } from "../model/random.ts";
import { clusterSpec, nodeSpec, runnerSpec } from "../scenarios/cluster-plans.ts";
import { baseJob, GIB, MIB, resources, step } from "../scenarios/job-kinds.ts";

const DOCKER = "localhost/docker:dind";
const PROJECT = { id: 7, name: "sample", path: "group/sample", namespaceId: 3 };
const SMALL = resources([200, 2000], [128 * MIB, 512 * MIB]);
const SERVICE = resources([50, 2000], [64 * MIB, 1 * GIB]);

function service(alias: string, change: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    alias,
    image: "localhost/busybox:1",
    resources: SERVICE,
    steps: [step(600, 0.1, 0.1, 2 * MIB)],
    oomVictim: "main",
    onTerm: "ignores",
    exits: null,
    ...change,
  };
}

function job(random: Random, name: string, change: Partial<JobSpec>): JobSpec {
  return {
    ...baseJob(random, { name }),
    project: PROJECT,
    ref: "main",
    image: "localhost/tools:1",
    privileged: true,
    build: SMALL,
    helper: resources([50, 500], [64 * MIB, 256 * MIB]),
    services: [],
    fetch: [step(0.5, 0.2, 0.5, 8 * MIB)],
    script: [step(4, 0.3, 0.3, 20 * MIB)],
    upload: [],
    ...change,
  };
}

/** The ten jobs of the recording (e2e/cluster/contract/ten-jobs.ts), as specs of the model. */
export function tenJobs(random: Random): { together: JobSpec[]; later: JobSpec[] } {
  const together = [
    job(random, "unit-test", {}),
    job(random, "oom-child", { onChildKilled: "goes-on", script: [step(1.5, 1, 1, 600 * MIB), step(8, 0.01, 0.01, 4 * MIB)] }),
    job(random, "oom-main", { script: [step(1.5, 1, 1, 600 * MIB)] }),
    job(random, "throttle", {
      build: resources([200, 500], [128 * MIB, 512 * MIB]),
      script: [step(7, 2, 1, 20 * MIB)],
      variables: { KUBERNETES_CPU_LIMIT: "500m" },
    }),
    job(random, "redis-svc", { services: [service("cache")], script: [step(12, 0.1, 0.1, 20 * MIB)] }),
    job(random, "svc-oom", {
      services: [service("db", { image: "localhost/tools:1", steps: [step(11, 0.5, 0.8, 1.1 * GIB)] })],
      script: [step(16, 0.1, 0.1, 20 * MIB)],
    }),
    job(random, "bad-image", { image: "localhost/no-such-image:1" }),
    job(random, "unschedulable", { build: resources([60_000, 2000], [128 * MIB, 512 * MIB]) }),
    job(random, "exit3", { exitCode: 3, script: [step(1, 0.2, 0.5, 8 * MIB)] }),
  ];
  const docker = service("docker", {
    image: DOCKER,
    args: ["dockerd-entrypoint.sh"],
    onTerm: "exits",
    oomVictim: "child",
  });
  const variables = { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" };
  return {
    together,
    later: [job(random, "docker-build", { image: DOCKER, services: [docker], script: [step(25, 0.5, 0.5, 60 * MIB)], variables })],
  };
}

export interface Witnessed {
  type: "ADDED" | "MODIFIED" | "DELETED";
  resource: Resource;
  object: KubeObject;
}

export interface Played {
  fleet: Fleet;
  sink: CollectingSink;
  seen: Witnessed[];
}

const START = Date.parse("2026-11-24T04:23:00Z");

/** Plays the ten jobs on the recording's cluster: one node of 2 cores, cgroup v1, all images there but one. */
export function playTenJobs(onTick?: (fleet: Fleet, at: number) => void): Played {
  const sink = new CollectingSink();
  const seen: Witnessed[] = [];
  const jobs = tenJobs(new Random(11));
  const cluster = clusterSpec({
    name: "bed",
    clusterDns: false,
    gitlabUrl: "http://gitlab.example.test:8929",
    nodes: [nodeSpec("node1", { cpuMillicores: 2000, memoryBytes: 24_684_092 * 1024 })],
    runners: [runnerSpec({ token: "bedtoken-0001", graceSeconds: 10, helperImage: "localhost/gitlab-runner-helper:x86_64-v19.4.0" })],
  });
  const fleet = new Fleet(
    {
      clusters: [cluster],
      registry: { sizes: {}, faults: { "localhost/no-such-image:1": "connection-refused" } },
      eventTtlMs: 3_600_000,
      warmUpMs: 0,
      live: () => {},
    },
    {
      seed: 11,
      start: START,
      speed: 1,
      sinkOf: () => sink,
      managerAddress: (_cluster, index) => ({ ip: `10.88.0.${44 + index}`, port: 9252 }),
    },
  );
  for (const image of ["localhost/tools:1", "localhost/busybox:1", DOCKER, "localhost/gitlab-runner-helper:x86_64-v19.4.0"])
    fleet.clusters[0]?.nodes[0]?.images.add(image);
  sink.watch((type, resource, object) => seen.push({ type, resource, object }));
  fleet.timeline.after(2000, () => fleet.pipeline(jobs.together));
  fleet.timeline.after(80_000, () => fleet.pipeline(jobs.later));
  for (let at = START; at <= START + 200_000; at += 1000) {
    fleet.advanceTo(at);
    onTick?.(fleet, at);
  }
  return { fleet, sink, seen };
}
