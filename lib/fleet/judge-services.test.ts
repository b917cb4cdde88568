import { describe, expect, it } from "vitest";
import type { DockerSettings, PodContainer } from "../kubernetes/schema.ts";
import { at, buildContainer, running, terminated, waiting } from "../testing/build-pod-record.ts";
import { buildTrack } from "../testing/build-reading.ts";
import { gone, left, manager, told } from "../testing/left-job.ts";
import { init, judgePod, killed137, summaryOf, type Given, type TruthRow } from "../testing/judge-pod.ts";
import type { ContainerState } from "../kubernetes/schema.ts";

const DIND = { image: "docker:27-dind", privileged: true };
const service = (name: string, state: ContainerState | null, change: Partial<PodContainer> = {}) => buildContainer(name, state, change);
const docker = (state: ContainerState | null, change: Partial<PodContainer> = {}) => service("docker", state, { ...DIND, ...change });

/** The job failed by its script, as GitLab or its manager tells, with these services beside it. */
const failed = (services: PodContainer[], links: Given["links"] = told("failed", "script_failure", 1), build: Partial<PodContainer> = {}) =>
  gone(links ?? {}, killed137, killed137, {
    containers: [init, buildContainer("build", killed137, build), buildContainer("helper", killed137), ...services],
  });
/** Its list showed the script from T+`script` on. */
const tracked = (script: number): Given["links"] => ({
  ...left({ script_failure: 1 }),
  track: buildTrack("4711", {
    stages: [{ stage: "step_script", at: at(script) }],
    left: { from: at(40), to: at(45), jobs: 1, failures: [] },
  }),
});
const asked = (port: number): Partial<PodContainer> => ({
  docker: { host: { scheme: "tcp", name: "docker", port }, certDir: "missing", tls: null },
});
const listens = (change: Partial<DockerSettings>): Partial<PodContainer> => ({
  docker: { host: null, certDir: "missing", tls: null, ...change },
});
const well = terminated("Error", 137, 70);

const FAILED: TruthRow[] = [
  [
    "a service ended with 1 before",
    failed([service("db", terminated("Error", 1, 20))]),
    { kind: "service-failed", certainty: "likely", container: "db", sentence: "service-failed.exited", findings: ["container-exited"] },
  ],
  [
    "the same, by the manager's counters",
    failed([service("db", terminated("Error", 1, 20))], left({ script_failure: 1 })),
    { kind: "service-failed", certainty: "likely" },
  ],
  [
    "a service ended well before",
    failed([service("db", terminated("Completed", 0, 20))]),
    { kind: "script-failed", findings: ["container-exited"] },
  ],
  ["a service ended only with the pod", failed([service("db", well)]), { kind: "script-failed", certainty: "confirmed", findings: [] }],
  [
    "a service's main process was OOM-killed",
    failed([service("db", terminated("OOMKilled", 137, 20))]),
    { kind: "service-failed", certainty: "likely", sentence: "service-failed.killed", findings: ["oom-kill"] },
  ],
  [
    "a child in a service was OOM-killed",
    failed([service("db", terminated("OOMKilled", 137, 70))]),
    { kind: "script-failed", findings: ["oom-kill"] },
  ],
  ["a stranger's container ended", failed([service("istio-proxy", terminated("Error", 1, 20), { mounts: [] })]), { kind: "script-failed" }],
  [
    "a service had not started when the script began",
    failed([service("db", { ...killed137, startedAt: at(30) } as ContainerState)], tracked(11)),
    { kind: "service-failed", certainty: "likely", sentence: "service-failed.late" },
  ],
  [
    "a service never started",
    failed([service("db", waiting("ContainerCreating"))], tracked(11)),
    { kind: "service-failed", sentence: "service-failed.late" },
  ],
  [
    "a service of which nothing is known any more",
    failed([service("db", terminated("ContainerStatusUnknown", 137, null, null))], tracked(11)),
    { kind: "script-failed" },
  ],
  [
    "a service had started before the list showed the script",
    failed([service("db", { ...killed137, startedAt: at(9) } as ContainerState)], tracked(11)),
    { kind: "script-failed" },
  ],
  [
    "dockerd ended with 1",
    failed([docker(terminated("Error", 1, 20))]),
    { kind: "dind-not-ready", certainty: "likely", container: "docker", sentence: "dind-not-ready.exited" },
  ],
  ["dockerd ended with 0", failed([docker(terminated("Completed", 0, 20))]), { kind: "dind-not-ready" }],
  [
    "dockerd was OOM-killed",
    failed([docker(terminated("OOMKilled", 137, 20))]),
    { kind: "dind-not-ready", sentence: "dind-not-ready.killed" },
  ],
  [
    "dockerd came late",
    failed([docker({ ...killed137, startedAt: at(30) } as ContainerState)], tracked(11)),
    { kind: "dind-not-ready", sentence: "dind-not-ready.late" },
  ],
  [
    "asked without TLS, and it has TLS",
    failed([docker(well)], undefined, asked(2_375)),
    { kind: "dind-not-ready", certainty: "likely", sentence: "dind-not-ready.tls" },
  ],
  [
    "asked with TLS, and it has none",
    failed([docker(well, listens({ certDir: "empty" }))], undefined, asked(2_376)),
    { kind: "dind-not-ready", sentence: "dind-not-ready.tls" },
  ],
  [
    "asked without TLS, and it was told --tls=false",
    failed([docker(well, listens({ tls: "off" }))], undefined, asked(2_375)),
    { kind: "script-failed" },
  ],
  [
    "asked without TLS, and DOCKER_TLS_CERTDIR is empty",
    failed([docker(well, listens({ certDir: "empty" }))], undefined, asked(2_375)),
    { kind: "script-failed" },
  ],
  [
    "another Docker is asked",
    failed([docker(well)], undefined, { docker: { host: { scheme: "tcp", name: null, port: 2_375 }, certDir: "missing", tls: null } }),
    { kind: "script-failed" },
  ],
];

const OTHERS: TruthRow[] = [
  [
    "it succeeded",
    failed([service("db", terminated("Error", 1, 20))], told("success")),
    { kind: "succeeded", findings: ["container-exited"] },
  ],
  [
    "it ran into its limit",
    failed([service("db", terminated("Error", 1, 20))], told("failed", "job_execution_timeout")),
    { kind: "timed-out" },
  ],
  ["it was cancelled", failed([service("db", terminated("Error", 1, 20))], told("canceled")), { kind: "cancelled" }],
  ["nobody tells", failed([service("db", terminated("Error", 1, 20))], {}), { kind: "unknown" }],
];

describe("a job with a service that was not there", () => {
  it.each(FAILED)("failed by its script: %s", (_what, given, expected) => {
    expect(summaryOf(judgePod(given))).toMatchObject(expected);
  });

  it.each(OTHERS)("did not fail by its script: %s", (_what, given, expected) => {
    expect(summaryOf(judgePod(given))).toMatchObject(expected);
  });

  it("names the death of the service, and how the job ended", () => {
    const { verdict } = judgePod(failed([service("db", terminated("Error", 1, 20))]));
    expect(verdict.evidence).toMatchObject([
      { source: "kubelet, pod status", value: "Error, exit 1", at: at(20) },
      { source: "GitLab", field: "status", value: "failed" },
      { source: "GitLab", field: "failure_reason", value: "script_failure" },
      { source: "GitLab", field: "exit_code", value: "1" },
    ]);
    expect(verdict.remedy?.key).toBe("remedy.service");
  });
});

/** The runner asks the services' ports: the pod runs, and the list shows `prepare_executor` until T+`lastAt`. */
const checking = (services: PodContainer[], lastAt: number, change: Partial<Given> = {}): Given => ({
  pod: { containers: [init, buildContainer("build", running(5)), buildContainer("helper", running(5)), ...services] },
  now: 30,
  links: { asked: true, manager, track: buildTrack("4711", { stages: [{ stage: "prepare_executor", at: at(1), lastAt: at(lastAt) }] }) },
  ...change,
});

describe("a job whose services' ports are asked before it begins", () => {
  it.each<TruthRow>([
    [
      "one service",
      checking([service("db", running())], 28),
      { kind: "service-failed", certainty: "possible", container: "db", sentence: "service-failed.waiting" },
    ],
    ["one that has ended", checking([service("db", terminated("Error", 1, 9))], 28), { kind: "service-failed", certainty: "likely" }],
    ["dockerd", checking([docker(running())], 28), { kind: "dind-not-ready", certainty: "possible", sentence: "dind-not-ready.waiting" }],
    ["for a moment only", checking([service("db", running())], 14, { now: 15 }), { kind: "running" }],
    ["a look from before the containers ran", checking([service("db", running())], 4), { kind: "running" }],
    ["a look that is long ago", checking([service("db", running())], 10, { now: 60 }), { kind: "running" }],
    ["no service at all", checking([], 28), { kind: "running" }],
  ])("%s", (_what, given, expected) => {
    expect(summaryOf(judgePod(given))).toMatchObject(expected);
  });

  it.each<TruthRow>([
    [
      "by the exit code of the check",
      failed([service("db", well)], {
        ...told("failed", "script_failure", 1),
        track: buildTrack("4711", { stages: [{ stage: "prepare_executor", at: at(1), lastAt: at(28) }] }),
      }),
      { kind: "service-failed", certainty: "likely", sentence: "service-failed.unhealthy" },
    ],
    [
      "by a system failure",
      failed([docker(well)], {
        ...told("failed", "runner_system_failure"),
        track: buildTrack("4711", { stages: [{ stage: "prepare_executor", at: at(1), lastAt: at(28) }] }),
      }),
      { kind: "dind-not-ready", certainty: "likely", sentence: "dind-not-ready.unhealthy" },
    ],
    [
      "last seen before its containers ran",
      failed([service("db", well)], {
        ...told("failed", "runner_system_failure"),
        track: buildTrack("4711", { stages: [{ stage: "prepare_executor", at: at(1) }] }),
      }),
      { kind: "runner-system-failure" },
    ],
  ])("and that was given up: %s", (_what, given, expected) => {
    expect(summaryOf(judgePod(given))).toMatchObject(expected);
  });
});
