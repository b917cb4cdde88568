import { baseJob, dind, GIB, MIB, postgres, PROJECTS, resources, step, type JobKind } from "./job-kinds.ts";

const KINDS: Readonly<Record<string, JobKind>> = {
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

/** Jobs with which something happens, by what it is. The happening follows from profile and limits where the kernel decides. Each belongs to one project. */
export const SPECIAL: Readonly<Record<string, JobKind>> = Object.fromEntries(
  Object.entries(KINDS).map(([kind, make], index): [string, JobKind] => [
    kind,
    (random) => {
      const job = make(random);
      return { ...job, project: PROJECTS[index % PROJECTS.length] ?? job.project };
    },
  ]),
);
