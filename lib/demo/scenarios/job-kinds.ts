import type { ContainerResources, JobSpec, ProjectSpec, ServiceSpec, Step } from "../model/job-spec.ts";
import type { Random } from "../model/random.ts";

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

export const PROJECTS: readonly ProjectSpec[] = [
  { id: 7, name: "api", path: "payments/api", namespaceId: 3 },
  { id: 8, name: "ledger", path: "payments/ledger", namespaceId: 3 },
  { id: 12, name: "storefront", path: "shop/web/storefront", namespaceId: 9 },
  { id: 13, name: "search", path: "shop/search", namespaceId: 8 },
  { id: 21, name: "ingest", path: "data/ingest", namespaceId: 14 },
  { id: 22, name: "model-training", path: "data/model-training", namespaceId: 14 },
  { id: 30, name: "terraform", path: "platform/terraform", namespaceId: 17 },
  { id: 31, name: "base-images", path: "platform/base-images", namespaceId: 17 },
];

/** Requests and limits as `cpu request / cpu limit, memory request / memory limit`; null = not set. */
export function resources(cpu: [number | null, number | null], memory: [number | null, number | null]): ContainerResources {
  return { requests: { cpuMillicores: cpu[0], memoryBytes: memory[0] }, limits: { cpuMillicores: cpu[1], memoryBytes: memory[1] } };
}

export function step(seconds: number, cores: number, busy: number, memoryBytes: number, cacheBytes = 0): Step {
  return { forMs: seconds * 1000, cores, busy, memoryBytes, cacheBytes };
}

const HELPER = resources([50, 500], [64 * MIB, 256 * MIB]);
const REFS = ["main", "main", "main", "feature/faster-checkout", "fix/rounding", "renovate/node-24.x", "release/2.8"];

/** What a job is made of when nothing is said: a small Node.js job that succeeds. */
export function baseJob(random: Random, change: Partial<JobSpec> & { name: string }): JobSpec {
  return {
    stage: "test",
    project: random.pick(PROJECTS),
    ref: random.pick(REFS),
    tags: [],
    image: "registry.example.com/ci/node:24-bookworm",
    privileged: false,
    build: resources([300, 1000], [512 * MIB, 1 * GIB]),
    helper: HELPER,
    services: [],
    fetch: [step(random.between(1.5, 5), 0.35, 0.8, 90 * MIB, 40 * MIB)],
    script: [step(random.between(6, 14), 0.8, 0.6, 260 * MIB, 200 * MIB), step(random.between(15, 45), 0.7, 0.8, 420 * MIB, 260 * MIB)],
    exitCode: 0,
    onChildKilled: "fails",
    hasAfterScript: false,
    upload: [step(random.between(1, 4), 0.3, 0.7, 70 * MIB, 60 * MIB)],
    init: step(0.15, 0.3, 1, 2 * MIB),
    timeoutMs: 3_600_000,
    fate: {},
    variables: {},
    ...change,
  };
}

function service(alias: string, image: string, amounts: ContainerResources, steps: Step[], change: Partial<ServiceSpec> = {}): ServiceSpec {
  return { alias, image, resources: amounts, steps, oomVictim: "main", onTerm: "ignores", exits: null, ...change };
}

const DIND_ARGS = ["--host=tcp://0.0.0.0:2375", "--tls=false", "--storage-driver=overlay2"];

/** A docker daemon beside the job; ends by itself at SIGTERM. */
export function dind(steps: Step[], change: Partial<ServiceSpec> = {}): ServiceSpec {
  return service("docker", "docker:27-dind", resources([200, 2000], [256 * MIB, 2 * GIB]), steps, {
    command: ["dockerd"],
    args: DIND_ARGS,
    onTerm: "exits",
    oomVictim: "child",
    ...change,
  });
}

export function postgres(change: Partial<ServiceSpec> = {}): ServiceSpec {
  return service(
    "postgres",
    "postgres:17",
    resources([100, 1000], [128 * MIB, 512 * MIB]),
    [step(3, 0.8, 0.7, 90 * MIB, 60 * MIB), step(600, 0.3, 0.25, 170 * MIB, 200 * MIB)],
    change,
  );
}

export function redis(): ServiceSpec {
  return service(
    "redis",
    "redis:7.4",
    resources([50, 500], [32 * MIB, 128 * MIB]),
    [step(1, 0.2, 0.3, 8 * MIB), step(600, 0.05, 0.2, 30 * MIB)],
    { onTerm: "exits" },
  );
}

export type JobKind = (random: Random) => JobSpec;

const ordinaryJobs: readonly { weight: number; value: JobKind }[] = [
  { weight: 5, value: (random) => baseJob(random, { name: `unit-test ${random.integer(1, 4)}/4` }) },
  {
    weight: 3,
    value: (random) =>
      baseJob(random, { name: "lint", stage: "check", script: [step(random.between(8, 25), 0.75, 0.9, 300 * MIB, 120 * MIB)], upload: [] }),
  },
  {
    weight: 2,
    value: (random) =>
      baseJob(random, {
        name: "typecheck",
        stage: "check",
        script: [step(random.between(15, 40), 0.8, 0.9, 640 * MIB, 90 * MIB)],
        upload: [],
      }),
  },
  {
    weight: 3,
    value: (random) =>
      baseJob(random, {
        name: "integration-test",
        services: [postgres(), redis()],
        script: [step(random.between(30, 80), 0.6, 0.6, 480 * MIB, 220 * MIB)],
        hasAfterScript: true,
      }),
  },
  {
    weight: 2,
    value: (random) =>
      baseJob(random, {
        name: "go-build",
        stage: "build",
        image: "registry.example.com/ci/golang:1.26",
        build: resources([1000, 4000], [1 * GIB, 3 * GIB]),
        script: [step(random.between(30, 70), 2.2, 0.85, 1.4 * GIB, 900 * MIB)],
        variables: { GOFLAGS: "-mod=readonly" },
      }),
  },
  {
    weight: 1,
    value: (random) =>
      baseJob(random, {
        name: "deploy-review",
        stage: "deploy",
        image: "registry.example.com/ci/kubectl:1.34",
        script: [step(random.between(10, 30), 0.2, 0.3, 80 * MIB)],
        upload: [],
      }),
  },
];

/** A job as most are: it runs and succeeds. */
export const ordinary: JobKind = (random) => random.weighted(ordinaryJobs)(random);

/** The seed system's job: 4.5 CPU and 4.5 GiB of limits over build, helper and dockerd; about 170 s from push to deletion. */
export const imageBuild: JobKind = (random) =>
  baseJob(random, {
    name: "build-image",
    stage: "build",
    image: "docker:27-cli",
    privileged: true,
    build: resources([500, 2000], [512 * MIB, 2 * GIB]),
    helper: resources([50, 500], [64 * MIB, 512 * MIB]),
    services: [
      dind([
        step(random.between(4, 8), 0.8, 0.8, 90 * MIB, 60 * MIB),
        step(60, 1.2, 0.6, 500 * MIB, 700 * MIB),
        step(600, 0.9, 0.5, 900 * MIB, 900 * MIB),
      ]),
    ],
    script: [
      step(12, 0.4, 0.3, 120 * MIB),
      step(random.between(50, 65), 1.7, 0.7, 1.2 * GIB, 500 * MIB),
      step(random.between(45, 65), 1.1, 0.6, 1.6 * GIB, 300 * MIB),
    ],
    variables: { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" },
  });
