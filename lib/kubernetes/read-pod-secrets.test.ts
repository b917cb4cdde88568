import { describe, expect, it } from "vitest";
import { readPod } from "./read-pod.ts";
import { podRecordSchema, type PodRecord } from "./schema.ts";

const read = (raw: unknown): PodRecord => {
  const pod = readPod(raw, { cluster: "test", seenAt: "2026-11-24T04:25:00.123Z" });
  expect(podRecordSchema.strict().parse(pod)).toEqual(pod);
  return pod;
};

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
    expect(pod.containers.find(({ name }) => name === "build")?.state).toMatchObject({ message: 'exec: "sh": not found, token=[removed]' });
  });
});
