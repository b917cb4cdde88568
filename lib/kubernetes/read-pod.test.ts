import { describe, expect, it } from "vitest";
import deletingPod from "../testing/recorded/pod-deleting.json" with { type: "json" };
import deletedPod from "../testing/recorded/pod-build-oom-deleted.json" with { type: "json" };
import imagePullPod from "../testing/recorded/pod-image-pull.json" with { type: "json" };
import managerPod from "../testing/recorded/pod-manager.json" with { type: "json" };
import serviceOomPod from "../testing/recorded/pod-service-oom.json" with { type: "json" };
import unscheduledPod from "../testing/recorded/pod-unscheduled.json" with { type: "json" };
import { ReadError } from "./read-meta.ts";
import { keepFirstDeletion, readPod } from "./read-pod.ts";
import { podRecordSchema, type PodRecord } from "./schema.ts";

const context = { cluster: "test", seenAt: "2026-11-24T04:25:00.123Z" };
const read = (raw: unknown): PodRecord => {
  const pod = readPod(raw, context);
  // Exactly the shape: nothing missing, nothing more.
  expect(podRecordSchema.strict().parse(pod)).toEqual(pod);
  return pod;
};
const containerOf = (pod: PodRecord, name: string) => pod.containers.find((container) => container.name === name)!;

describe("readPod on recorded pods", () => {
  it("reads an attach pod whose service was OOM-killed while the job runs", () => {
    const pod = read(serviceOomPod);
    expect(pod).toMatchObject({
      cluster: "test",
      uid: "c0bb84df-7b41-463f-80c5-34c7d8a13576",
      namespace: "gitlab-runner",
      createdAt: "2026-11-24T04:22:43Z",
      seenAt: context.seenAt,
      phase: "Running",
      node: "node1",
      activeDeadlineSeconds: 3601,
      terminationGraceSeconds: 30,
      deletionRequestedAt: null,
      hostAliases: [{ ip: "127.0.0.1", hostnames: ["localhost-busybox", "db"] }],
    });
    expect(pod.labels["job.runner.gitlab.com/pod"]).toBe("runner-bedtokenr-project-7-concurrent-5");
    expect(pod.annotations["job.runner.gitlab.com/url"]).toBe("http://10.77.0.1:8929/group/sample/-/jobs/1014");
    expect(pod.containers.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      "init init-permissions",
      "regular build",
      "regular helper",
      "regular db",
    ]);
    const db = containerOf(pod, "db");
    expect(db.state).toEqual({
      kind: "terminated",
      reason: "OOMKilled",
      exitCode: 137,
      signal: null,
      message: null,
      startedAt: "2026-11-24T04:23:22Z",
      finishedAt: "2026-11-24T04:23:28Z",
    });
    expect(db.limits).toEqual({ cpuMillicores: 2000, memoryBytes: 2 ** 30, ephemeralStorageBytes: null });
    expect(containerOf(pod, "build")).toMatchObject({ privileged: true, ready: true, lastState: null, state: { kind: "running" } });
    expect(containerOf(pod, "build").mounts).toContainEqual({ volume: "scripts", path: "/scripts-7-1014", readOnly: false });
    expect(pod.volumes).toContainEqual({ name: "kube-api-access-c7kdk", kind: "projected" });
    expect(pod.configMaps).toEqual([]);
    expect(pod.conditions.find(({ type }) => type === "Ready")).toMatchObject({
      status: "False",
      reason: "ContainersNotReady",
      message: "containers with unready status: [db]",
    });
  });

  it("reads a pod that waits for its image: text of the registry, no secret, beside a running helper", () => {
    const build = containerOf(read(imagePullPod), "build");
    expect(build.state).toMatchObject({ kind: "waiting", reason: "ErrImagePull" });
    expect(build.state?.kind === "waiting" && build.state.message).toContain("connection refused");
    expect(build.containerId).toBeNull();
  });

  it("takes the grace period off the deletion time", () => {
    expect(deletingPod.metadata.deletionTimestamp).toBe("2026-11-24T04:24:20Z");
    expect(read(deletingPod)).toMatchObject({ deletionRequestedAt: "2026-11-24T04:23:50Z", deletionGraceSeconds: 30 });
  });

  it("keeps the first request when the kubelet deletes with grace 0 at the end", () => {
    const [first, last] = [read(deletingPod), read(deletedPod)];
    expect(first.uid).toBe(last.uid);
    expect(Date.parse(last.deletionRequestedAt!)).toBeGreaterThan(Date.parse(first.deletionRequestedAt!));
    expect(keepFirstDeletion(first, last).deletionRequestedAt).toBe(first.deletionRequestedAt);
    expect(keepFirstDeletion(undefined, last)).toBe(last);
    expect(keepFirstDeletion(read(serviceOomPod), last)).toBe(last);
    expect(containerOf(last, "build").state).toMatchObject({ kind: "terminated", reason: "OOMKilled" });
  });

  it("reads a pod nobody has scheduled: no node, no status of any container", () => {
    const pod = read(unscheduledPod);
    expect(pod).toMatchObject({ phase: "Pending", node: null, startedAt: null, podIp: null });
    expect(pod.containers.every((container) => container.state === null)).toBe(true);
  });

  it("reads a manager of the Helm chart with its labels, port and owner", () => {
    const pod = read(managerPod);
    expect(pod.labels).toEqual({ app: "gitlab-runner", chart: "gitlab-runner-0.88.1", heritage: "Helm", release: "gitlab-runner" });
    expect(pod.annotations).toEqual({ "prometheus.io/port": "9252", "prometheus.io/scrape": "true" });
    expect(pod.owners).toMatchObject([{ kind: "ReplicaSet", name: "gitlab-runner-778bfbc9fc", controller: true }]);
    expect(pod.configMaps).toEqual(["gitlab-runner"]);
    expect(pod.namedManager).toBe(false);
    const named = (...managers: string[]) => readPod(managerPod, context, new Set(managers)).namedManager;
    const { namespace, name } = pod;
    expect(
      [`${namespace}/gitlab-runner`, `${namespace}/gitlab-runner-778bfbc9fc`, `${namespace}/${name}`].map((one) => named(one)),
    ).toEqual([true, true, true]);
    expect(["other/gitlab-runner", `${namespace}/gitlab`].map((one) => named(one))).toEqual([false, false]);
    expect(pod.containers[0]?.ports).toEqual([{ name: "metrics", port: 9252, protocol: "TCP" }]);
  });
});

describe("readPod on odd pods", () => {
  it.each([
    [undefined, "object"],
    ["text", "object"],
    [{}, "metadata.uid"],
    [{ metadata: { uid: "u", namespace: "ns" } }, "metadata.name"],
    [{ metadata: { uid: 7, name: "n" } }, "metadata.uid"],
    [{ metadata: { uid: "u", name: "n" } }, "metadata.namespace"],
  ])("refuses %j and names %s", (raw, field) => {
    expect(() => readPod(raw, context)).toThrow(ReadError);
    expect(() => readPod(raw, context)).toThrow(expect.objectContaining({ field }));
  });

  it("tolerates everything else missing or of the wrong type", () => {
    const metadata = { uid: "u", name: "n", namespace: "ns" };
    const bare = read({ metadata });
    expect(bare).toMatchObject({ phase: "Unknown", containers: [], resourceVersion: "", createdAt: context.seenAt });
    const wrong = { labels: [], annotations: 7, ownerReferences: {}, deletionTimestamp: "soon", creationTimestamp: 12 };
    const containers = [
      null,
      7,
      { image: "nameless" },
      { name: "x", image: 7, resources: [], volumeMounts: 1, ports: [{ containerPort: "80" }], securityContext: null },
    ];
    const pod = read({
      metadata: { ...metadata, ...wrong },
      spec: { containers, volumes: [{}, null], hostAliases: [{ hostnames: [1] }] },
      status: { phase: "Odd", conditions: [{}, { type: "Ready" }], containerStatuses: [{ name: "x", state: {} }] },
    });
    expect(pod.containers).toHaveLength(1);
    expect(pod.containers[0]).toMatchObject({ image: "", state: { kind: "waiting", reason: null, message: null }, ports: [] });
    expect(pod.conditions).toEqual([{ type: "Ready", status: "Unknown", reason: null, message: null, lastTransitionAt: null }]);
  });

  it("tells sidecars, init and ephemeral containers apart and normalises times", () => {
    const pod = read({
      metadata: { uid: "u", name: "n", namespace: "ns", creationTimestamp: "2026-03-01T13:00:00.123456+01:00" },
      spec: {
        initContainers: [{ name: "a", restartPolicy: "Always" }, { name: "b" }],
        containers: [{ name: "c" }],
        ephemeralContainers: [{ name: "d" }],
      },
      status: {
        ephemeralContainerStatuses: [{ name: "d", state: { terminated: { exitCode: 1, signal: 9, startedAt: "0001-01-01T00:00:00Z" } } }],
      },
    });
    expect(pod.containers.map(({ kind }) => kind)).toEqual(["sidecar", "init", "regular", "ephemeral"]);
    expect(pod.containers[3]?.state).toMatchObject({ kind: "terminated", signal: 9, startedAt: null });
    expect(pod.createdAt).toBe("2026-03-01T12:00:00.123Z");
  });

  it("a container that the runtime could not start has no start: containerd writes the beginning of 1970", () => {
    const terminated = { reason: "StartError", exitCode: 128, startedAt: "1970-01-01T00:00:00Z", finishedAt: "2026-11-25T02:40:14Z" };
    const pod = read({
      metadata: { uid: "u", name: "n", namespace: "ns" },
      spec: { initContainers: [{ name: "init-permissions" }] },
      status: { initContainerStatuses: [{ name: "init-permissions", state: { terminated } }] },
    });
    expect(pod.containers[0]?.state).toMatchObject({ kind: "terminated", startedAt: null, finishedAt: "2026-11-25T02:40:14Z" });
  });
});
