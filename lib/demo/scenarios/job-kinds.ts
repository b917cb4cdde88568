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
      baseJob(random, { name: "lint", stage: "check", script: [step(random.between(8, 25), 0.9, 0.9, 300 * MIB, 120 * MIB)], upload: [] }),
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

/** Jobs with which something happens, by what it is. The happening follows from profile and limits where the kernel decides. */
export const SPECIAL: Readonly<Record<string, JobKind>> = {
  "script-fails": (random) =>
    baseJob(random, {
      name: "unit-test 2/4",
      exitCode: random.pick([1, 1, 2, 3]),
      script: [step(random.between(12, 30), 0.7, 0.7, 380 * MIB)],
    }),
  "oom-script": (random) =>
    baseJob(random, {
      name: "webpack",
      stage: "build",
      build: resources([500, 2000], [1 * GIB, 2 * GIB]),
      script: [step(9, 0.9, 0.9, 900 * MIB, 200 * MIB), step(14, 1.4, 0.9, 2.9 * GIB)],
    }),
  "oom-child-survived": (random) =>
    baseJob(random, {
      name: "parallel-tests",
      onChildKilled: "goes-on",
      build: resources([500, 2000], [512 * MIB, 1 * GIB]),
      script: [step(10, 1.2, 0.9, 700 * MIB), step(12, 1.2, 0.9, 1.4 * GIB), step(15, 0.8, 0.7, 500 * MIB)],
    }),
  "oom-helper": (random) =>
    baseJob(random, { name: "archive-reports", upload: [step(3, 0.4, 0.9, 120 * MIB, 90 * MIB), step(8, 0.45, 1, 420 * MIB)] }),
  "oom-service": (random) =>
    baseJob(random, {
      name: "migration-test",
      services: [postgres({ steps: [step(3, 0.8, 0.7, 120 * MIB, 60 * MIB), step(22, 0.9, 0.8, 900 * MIB)] })],
      script: [step(random.between(45, 60), 0.5, 0.6, 400 * MIB)],
      exitCode: 1,
    }),
  "oom-init": (random) =>
    baseJob(random, { name: "prepare-dataset", helper: resources([50, 500], [16 * MIB, 24 * MIB]), init: step(2, 0.5, 1, 40 * MIB) }),
  "throttled-build": (random) =>
    baseJob(random, {
      name: "compile-kernel",
      stage: "build",
      build: resources([500, 1000], [1 * GIB, 2 * GIB]),
      script: [step(22, 3.6, 0.95, 1.1 * GIB, 500 * MIB)],
    }),
  "throttled-helper": (random) =>
    baseJob(random, {
      name: "clone-monorepo",
      helper: resources([50, 200], [128 * MIB, 512 * MIB]),
      fetch: [step(9, 1.1, 0.95, 300 * MIB, 190 * MIB)],
    }),
  "image-missing": (random) => baseJob(random, { name: "scan", image: "registry.example.com/ci/scanner:latset", stage: "check" }),
  "registry-down": (random) => baseJob(random, { name: "report", image: "mirror.example.net/tools/reporter:4", stage: "report" }),
  "service-exits": (random) =>
    baseJob(random, {
      name: "contract-test",
      services: [postgres({ alias: "db", exits: { afterMs: 4000, code: 1 } })],
      script: [step(25, 0.2, 0.2, 200 * MIB)],
      exitCode: 1,
    }),
  "dind-late": (random) =>
    baseJob(random, {
      name: "build-image",
      stage: "build",
      image: "docker:27-cli",
      privileged: true,
      services: [dind([step(55, 0.4, 0.9, 60 * MIB)])],
      script: [step(32, 0.05, 0.2, 40 * MIB)],
      exitCode: 1,
      variables: { DOCKER_HOST: "tcp://docker:2375" },
    }),
  "dind-dies": (random) =>
    baseJob(random, {
      name: "build-image",
      stage: "build",
      image: "docker:27-cli",
      privileged: true,
      services: [dind([step(6, 0.4, 0.9, 60 * MIB)], { exits: { afterMs: 7000, code: 1 } })],
      script: [step(30, 0.05, 0.2, 40 * MIB)],
      exitCode: 1,
      variables: { DOCKER_HOST: "tcp://docker:2375" },
    }),
  "times-out": (random) => baseJob(random, { name: "e2e-flaky", timeoutMs: 60_000, script: [step(600, 0.1, 0.2, 250 * MIB)] }),
  cancelled: (random) =>
    baseJob(random, {
      name: "benchmark",
      script: [step(300, 0.9, 0.9, 500 * MIB)],
      fate: { cancelAfterMs: random.between(15, 30) * 1000 },
    }),
  "deleted-by-someone": (random) =>
    baseJob(random, {
      name: "load-test",
      script: [step(300, 0.6, 0.6, 300 * MIB)],
      fate: { deleteAfterMs: random.between(12, 25) * 1000 },
    }),
  "never-fits": (random) =>
    baseJob(random, {
      name: "train-large",
      project: PROJECTS[5] ?? random.pick(PROJECTS),
      build: resources([12_000, 16_000], [48 * GIB, 64 * GIB]),
    }),
  "no-memory-limit": (random) =>
    baseJob(random, {
      name: "load-dataset",
      project: PROJECTS[4] ?? random.pick(PROJECTS),
      build: resources([300, 2000], [256 * MIB, null]),
      script: [step(20, 1, 0.9, 6 * GIB), step(45, 1.2, 0.9, 44 * GIB)],
    }),
  "request-above-limit": (random) => baseJob(random, { name: "misconfigured", build: resources([2000, 1000], [512 * MIB, 1 * GIB]) }),
};
