import { describe, expect, it } from "vitest";
import type { WorkloadRecord } from "../kubernetes/schema.ts";
import { buildContainer, buildPod, running, T0, terminated } from "../testing/build-pod-record.ts";
import { deriveManager, isManagerPod, managerSign } from "./find-managers.ts";
import { readSchedulerAnswer } from "./read-scheduler.ts";

describe("managers", () => {
  it("are found by the chart's label, the operator's, or the image", () => {
    expect(managerSign({ chart: "gitlab-runner-0.88.1" }, ["my/mirror:1"])).toBe("chart-label");
    expect(
      managerSign({ "app.kubernetes.io/component": "runner" }, ["registry.gitlab.com/gitlab-org/gitlab-runner-ocp:amd64-v18.1.0"]),
    ).toBe("operator-label");
    expect(managerSign({}, ["gitlab/gitlab-runner:v18.3.0"])).toBe("image-name");
    expect(managerSign({}, ["registry:5000/gitlab-runner@sha256:abc"])).toBe("image-name");
    for (const image of ["gitlab/gitlab-runner-helper:x86_64-v18.3.0", "me/gitlab-runner-exporter:1", "gitlab-runner-cleanup", "nginx"])
      expect({ image, sign: managerSign({}, [image]) }).toEqual({ image, sign: null });
    expect(managerSign({ "app.kubernetes.io/component": "runner", chart: "other-1" }, ["github/actions-runner:2"])).toBeNull();
  });

  it("are found by the configuration where nothing on them says so, but never a job's pod", () => {
    const pod = buildPod({ labels: {}, annotations: {}, containers: [buildContainer("main", running(), { image: "company/ci:7" })] });
    expect(isManagerPod(pod)).toBe(false);
    expect(isManagerPod({ ...pod, namedManager: true })).toBe(true);
    expect(deriveManager({ ...pod, namedManager: true }, new Map()).foundBy).toBe("setting");
    expect(deriveManager({ ...pod, namedManager: true, labels: { chart: "gitlab-runner-0.1" } }, new Map()).foundBy).toBe("chart-label");
    expect(isManagerPod(buildPod({ namedManager: true }))).toBe(false);
  });

  it("are not job pods that run the runner's image, nor what has finished", () => {
    const image = { image: "gitlab/gitlab-runner:v18.3.0" };
    expect(isManagerPod(buildPod({ containers: [buildContainer("build", running(), image)] }))).toBe(false);
    const pod = buildPod({
      labels: { chart: "gitlab-runner-0.1" },
      annotations: {},
      containers: [buildContainer("gitlab-runner", running(), image)],
    });
    expect([isManagerPod(pod), isManagerPod({ ...pod, phase: "Failed" })]).toEqual([true, false]);
  });

  it("say version, workload and last end", () => {
    const replicaSet: WorkloadRecord = {
      cluster: "test",
      uid: "rs",
      name: "gl-runner-778bfbc9fc",
      resourceVersion: "1",
      createdAt: T0,
      seenAt: T0,
      kind: "ReplicaSet",
      namespace: "ci",
      labels: {},
      owners: [{ kind: "Deployment", name: "gl-runner", uid: "d", controller: true }],
      images: [],
      replicas: { desired: 1, current: 1, ready: 1, updated: 1 },
    };
    const of = (image: string, workloads = new Map([["rs", replicaSet]])) =>
      deriveManager(
        buildPod({
          owners: [{ kind: "ReplicaSet", name: "gl-runner-778bfbc9fc", uid: "rs", controller: true }],
          containers: [buildContainer("gitlab-runner", running(), { image, restartCount: 2, lastState: terminated("OOMKilled", 137, 3) })],
        }),
        workloads,
      );
    expect(of("gitlab/gitlab-runner:alpine-v18.3.0")).toMatchObject({
      version: { value: "18.3.0" },
      workload: "gl-runner",
      restarts: 2,
      ready: true,
      lastTermination: { reason: "OOMKilled" },
      slots: { total: { state: "unknown" }, used: { state: "unknown" } },
    });
    expect(of("gitlab/gitlab-runner:latest", new Map())).toMatchObject({
      version: { state: "unknown", reason: "unreadable" },
      workload: "gl-runner",
    });
    expect(of("registry:5000/gitlab-runner@sha256:1.2.3").version).toEqual({ state: "unknown", reason: "not-set" });
  });
});

describe("the scheduler's answer", () => {
  it("is what most nodes lack", () => {
    expect(
      readSchedulerAnswer(
        "0/5 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }, 4 Insufficient memory. preemption: 0/5 nodes are available: 5 No preemption victims found.",
      ),
    ).toEqual({
      refusal: "memory",
      nodes: 5,
      text: "0/5 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }, 4 Insufficient memory",
    });
    expect(readSchedulerAnswer("0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.").refusal).toBe("cpu");
  });

  it("stands for itself in other words, or missing", () => {
    expect(readSchedulerAnswer("no nodes available to schedule pods")).toEqual({
      refusal: "other",
      nodes: null,
      text: "no nodes available to schedule pods",
    });
    expect(readSchedulerAnswer(null)).toEqual({ refusal: "other", nodes: null, text: "" });
    expect(readSchedulerAnswer("0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind.").refusal).toBe(
      "other",
    );
  });
});
