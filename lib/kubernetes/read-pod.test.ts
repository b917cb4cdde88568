import { describe, expect, it } from "vitest";
import pod_deleting from "../testing/recorded/pod-deleting.json" with { type: "json" };
import pod_deleted from "../testing/recorded/pod-build-oom-deleted.json" with { type: "json" };
import pod_imagePull from "../testing/recorded/pod-image-pull.json" with { type: "json" };
import pod_manager from "../testing/recorded/pod-manager.json" with { type: "json" };
import pod_serviceOom from "../testing/recorded/pod-service-oom.json" with { type: "json" };
import pod_unscheduled from "../testing/recorded/pod-unscheduled.json" with { type: "json" };
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
    const pod = read(pod_serviceOom);
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
    expect(pod.conditions.find(({ type }) => type === "Ready")).toMatchObject({
      status: "False",
      reason: "ContainersNotReady",
      message: "containers with unready status: [db]",
    });
  });

  it("reads a pod that waits for its image: text of the registry, no secret, beside a running helper", () => {
    const build = containerOf(read(pod_imagePull), "build");
    expect(build.state).toMatchObject({ kind: "waiting", reason: "ErrImagePull" });
    expect(build.state?.kind === "waiting" && build.state.message).toContain("connection refused");
    expect(build.containerId).toBeNull();
  });

  it("takes the grace period off the deletion time", () => {
    expect(pod_deleting.metadata.deletionTimestamp).toBe("2026-11-24T04:24:20Z");
    expect(read(pod_deleting)).toMatchObject({ deletionRequestedAt: "2026-11-24T04:23:50Z", deletionGraceSeconds: 30 });
  });

  it("keeps the first request when the kubelet deletes with grace 0 at the end", () => {
    const [first, last] = [read(pod_deleting), read(pod_deleted)];
    expect(first.uid).toBe(last.uid);
    expect(Date.parse(last.deletionRequestedAt!)).toBeGreaterThan(Date.parse(first.deletionRequestedAt!));
    expect(keepFirstDeletion(first, last).deletionRequestedAt).toBe(first.deletionRequestedAt);
    expect(keepFirstDeletion(undefined, last)).toBe(last);
    expect(keepFirstDeletion(read(pod_serviceOom), last)).toBe(last);
    expect(containerOf(last, "build").state).toMatchObject({ kind: "terminated", reason: "OOMKilled" });
  });

  it("reads a pod nobody has scheduled: no node, no status of any container", () => {
    const pod = read(pod_unscheduled);
    expect(pod).toMatchObject({ phase: "Pending", node: null, startedAt: null, podIp: null });
    expect(pod.containers.every((container) => container.state === null)).toBe(true);
  });

  it("reads a manager of the Helm chart with its labels, port and owner", () => {
    const pod = read(pod_manager);
    expect(pod.labels).toEqual({ app: "gitlab-runner", chart: "gitlab-runner-0.88.1", heritage: "Helm", release: "gitlab-runner" });
    expect(pod.annotations).toEqual({ "prometheus.io/port": "9252", "prometheus.io/scrape": "true" });
    expect(pod.owners).toMatchObject([{ kind: "ReplicaSet", name: "gitlab-runner-778bfbc9fc", controller: true }]);
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
});

describe("readPod as an allow-list", () => {
  let planted = 0;
  /** A different secret for each place, so that a survivor says where it came from. Nothing in it looks like a secret. */
  const secret = (where: string) => `PLANTED-${where}-${planted++}`;
  const container = (name: string) => ({
    name,
    image: `user:${secret("image")}@registry.example/app:1?x=${secret("imageQuery")}`,
    command: ["sh", "-c", secret("command")],
    args: [secret("args")],
    workingDir: secret("workingDir"),
    env: [
      { name: "CI_JOB_TOKEN", value: secret("env") },
      { name: secret("envName"), value: "x" },
      { name: "REF", valueFrom: { secretKeyRef: { name: secret("valueFrom"), key: secret("key") } } },
    ],
    envFrom: [{ secretRef: { name: secret("envFrom") } }],
    lifecycle: {
      postStart: { exec: { command: [secret("postStart")] } },
      preStop: { httpGet: { httpHeaders: [{ name: "a", value: secret("preStop") }] } },
    },
    livenessProbe: { exec: { command: [secret("liveness")] } },
    readinessProbe: { httpGet: { path: secret("readiness"), httpHeaders: [{ name: "Authorization", value: secret("probeHeader") }] } },
    startupProbe: { grpc: { service: secret("startup") } },
    volumeMounts: [{ name: "data", mountPath: "/data", subPath: secret("subPath"), subPathExpr: secret("subPathExpr") }],
    volumeDevices: [{ name: "data", devicePath: secret("device") }],
    securityContext: { seLinuxOptions: { user: secret("selinux") }, privileged: true },
    terminationMessagePath: secret("messagePath"),
    resources: { requests: { cpu: "1", "example.com/gpu": secret("extended") }, claims: [{ name: secret("claim") }] },
  });
  const status = (name: string) => ({
    name,
    image: `user:${secret("statusImage")}@registry.example/app:1`,
    imageID: `https://user:${secret("imageId")}@registry.example/app@sha256:${"0".repeat(64)}`,
    state: { terminated: { exitCode: 1, reason: "Error", message: secret("terminationMessage"), containerID: secret("id") } },
    lastState: { terminated: { exitCode: 137, reason: "OOMKilled", message: secret("lastTerminationMessage") } },
    user: { linux: { uid: secret("uid") } },
    allocatedResources: { x: secret("allocated") },
    volumeMounts: [{ name: secret("mountName"), mountPath: secret("mountPath") }],
  });
  const raw = {
    metadata: {
      uid: "u",
      name: "n",
      namespace: "ns",
      generateName: secret("generateName"),
      finalizers: [secret("finalizer")],
      labels: { pod: "kept", "example.com/other": secret("label"), [secret("labelKey")]: "x" },
      annotations: {
        "job.runner.gitlab.com/name": "kept",
        "job.runner.gitlab.com/url": `https://oauth2:${secret("url")}@gitlab.example/a/-/jobs/1`,
        "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ spec: { env: secret("lastApplied") } }),
        "example.com/other": secret("annotation"),
        [secret("annotationKey")]: "x",
      },
      managedFields: [{ manager: secret("manager"), fieldsV1: { [`f:${secret("managedField")}`]: {} } }],
      ownerReferences: [{ kind: "Job", name: "o", uid: "o", apiVersion: secret("ownerApi") }],
    },
    spec: {
      containers: [container("build")],
      initContainers: [container("init-permissions")],
      ephemeralContainers: [{ ...container("debugger"), targetContainerName: secret("target") }],
      hostname: secret("hostname"),
      imagePullSecrets: [{ name: secret("pullSecret") }],
      tolerations: [{ key: secret("toleration") }],
      nodeSelector: { x: secret("nodeSelector") },
      dnsConfig: { options: [{ name: "x", value: secret("dns") }] },
      securityContext: { sysctls: [{ name: "x", value: secret("sysctl") }] },
      volumes: [
        {
          name: "a",
          csi: { driver: "x", volumeAttributes: { password: secret("csi") }, nodePublishSecretRef: { name: secret("csiSecret") } },
        },
        { name: "b", hostPath: { path: secret("hostPath") } },
        { name: "c", secret: { secretName: secret("secretName") } },
        { name: "d", flexVolume: { options: { x: secret("flex") } } },
        { name: "e", nfs: { server: secret("nfs"), path: "/x" } },
        { name: "f", azureFile: { shareName: secret("azure") } },
        { name: "g", projected: { sources: [{ downwardAPI: { items: [{ path: secret("projected") }] } }] } },
      ],
    },
    status: {
      phase: "Running",
      message: `The node had ${secret("x").slice(0, 0)}no memory, token=${secret("statusMessage")}`,
      nominatedNodeName: secret("nominated"),
      conditions: [{ type: "Ready", status: "False", message: `//user:${secret("condition")}@x` }],
      containerStatuses: [status("build")],
      initContainerStatuses: [
        { ...status("init-permissions"), state: { waiting: { reason: "ErrImagePull", message: `Bearer ${secret("waiting")}` } } },
      ],
      ephemeralContainerStatuses: [status("debugger")],
    },
  };

  it("keeps none of the secrets planted everywhere", () => {
    expect(planted).toBeGreaterThan(100);
    expect(JSON.stringify(raw).match(/PLANTED-/g)!.length).toBeGreaterThan(100);
    const pod = read(raw);
    expect(JSON.stringify(pod)).not.toContain("PLANTED");
    const texts: string[] = [];
    const walk = (value: unknown): void => {
      if (typeof value === "string") texts.push(value);
      else if (typeof value === "object" && value !== null) {
        for (const key of Reflect.ownKeys(value)) {
          texts.push(String(key));
          walk((value as Record<string | symbol, unknown>)[key]);
        }
      }
    };
    walk(pod);
    expect(texts.filter((text) => /PLANTED|CI_JOB_TOKEN/.test(text))).toEqual([]);
    expect(texts.length).toBeGreaterThan(100);
    expect(pod.labels).toEqual({ pod: "kept" });
    expect(pod.annotations).toEqual({
      "job.runner.gitlab.com/name": "kept",
      "job.runner.gitlab.com/url": "https://[removed]@gitlab.example/a/-/jobs/1",
    });
    expect(pod.volumes.map(({ kind }) => kind)).toEqual(["csi", "hostPath", "secret", "flexVolume", "nfs", "azureFile", "projected"]);
    expect(pod.containers.map(({ image }) => image)).toEqual(Array.from({ length: 3 }, () => "registry.example/app:1"));
  });

  it("keeps what the runtime says when a container could not start, scrubbed", () => {
    const startError = {
      ...status("build"),
      state: { terminated: { exitCode: 128, reason: "StartError", message: `exec: "sh": not found, token=${secret("startError")}` } },
    };
    const pod = read({ ...raw, status: { ...raw.status, containerStatuses: [startError] } });
    expect(containerOf(pod, "build").state).toMatchObject({ message: 'exec: "sh": not found, token=[removed]' });
  });
});
