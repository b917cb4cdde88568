import { createHash, randomUUID } from "node:crypto";
import type { KubeObject, ObjectMeta } from "./kube-object.ts";
import type { ObjectStore } from "./object-store.ts";
import { runPod } from "./move-pod.ts";
import { wholeSeconds, type RawContainer, type RawPod } from "./pod-shape.ts";

export interface ManagerOptions {
  /** Deployment name, as the chart's `<fullname>`; default "gitlab-runner". */
  name?: string;
  namespace?: string;
  replicas?: number;
  version?: string;
  chart?: string;
  node?: string;
  createdMs?: number;
}

export interface RawWorkload extends KubeObject {
  spec: { replicas: number; selector: object; template: { metadata: object; spec: object }; [field: string]: unknown };
  status: { replicas: number; readyReplicas?: number; updatedReplicas?: number; [field: string]: unknown };
}

export interface ManagerObjects {
  deployment: RawWorkload;
  replicaSet: RawWorkload;
  pods: RawPod[];
}

/** Deployment, ReplicaSet and running pods of a runner manager as the Helm chart gitlab-runner makes them. */
export function buildManager(options: ManagerOptions = {}): ManagerObjects {
  const {
    name = "gitlab-runner",
    namespace = "gitlab-runner",
    replicas = 3,
    version = "v18.3.0",
    chart = "0.80.0",
    createdMs = Date.now(),
  } = options;
  const labels = { app: name, chart: `gitlab-runner-${chart}`, heritage: "Helm", release: name };
  const hash = createHash("sha256").update(`${namespace}/${name}/${version}`).digest("hex").slice(0, 10);
  const templateLabels = { ...labels, "pod-template-hash": hash };
  const annotations = { "prometheus.io/port": "9252", "prometheus.io/scrape": "true" };
  const at = wholeSeconds(createdMs);
  const meta = (object: string, uid: string, extra: Partial<ObjectMeta>): ObjectMeta => ({
    name: object,
    namespace,
    uid,
    creationTimestamp: at,
    generation: 1,
    ...extra,
  });
  const spec = { ...podSpec(name, `registry.gitlab.com/gitlab-org/gitlab-runner:alpine-${version}`) };
  const counts = { availableReplicas: replicas, observedGeneration: 1, readyReplicas: replicas, replicas };
  const [deploymentUid, replicaSetUid] = [randomUUID(), randomUUID()];
  const deployment: RawWorkload = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(name, deploymentUid, { labels, annotations: { "deployment.kubernetes.io/revision": "1" } }),
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { annotations, labels }, spec } },
    status: { ...counts, updatedReplicas: replicas },
  };
  const replicaSet: RawWorkload = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: meta(`${name}-${hash}`, replicaSetUid, {
      labels: templateLabels,
      ownerReferences: [owner("Deployment", name, deploymentUid)],
    }),
    spec: {
      replicas,
      selector: { matchLabels: { app: name, "pod-template-hash": hash } },
      template: { metadata: { annotations, labels: templateLabels }, spec },
    },
    status: { ...counts, fullyLabeledReplicas: replicas },
  };
  const pods = Array.from({ length: replicas }, () => managerPod(replicaSet, spec, annotations, options.node ?? "node-1", createdMs));
  return { deployment, replicaSet, pods };
}

/** One running replica of the ReplicaSet. */
function managerPod(
  { metadata }: RawWorkload,
  spec: RawPod["spec"],
  annotations: Record<string, string>,
  node: string,
  atMs: number,
): RawPod {
  const { name, labels = {}, uid: ownerUid = "" } = metadata;
  const uid = randomUUID();
  const pod: RawPod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      name: `${name}-${uid.slice(0, 5)}`,
      uid,
      generateName: `${name}-`,
      labels,
      annotations,
      ownerReferences: [owner("ReplicaSet", name, ownerUid)],
    },
    spec: structuredClone(spec),
    status: { phase: "Pending", qosClass: "Burstable" },
  };
  runPod(pod, node, atMs);
  return pod;
}

/** Puts them all into the store. */
export function putManager(store: ObjectStore, options: ManagerOptions = {}): ManagerObjects {
  const { deployment, replicaSet, pods } = buildManager(options);
  return {
    deployment: store.put("deployments", deployment),
    replicaSet: store.put("replicasets", replicaSet),
    pods: pods.map((pod) => store.put("pods", pod)),
  };
}

/** A pause pod of the executor's autoscaler (runner 18.11, executors/kubernetes/autoscaler/pause_pod_manager.go); not a job. */
export function buildPausePod({
  namespace = "ci",
  shortToken = "t1Abcdef2",
  systemId = "s_0123456789ab",
  createdMs = Date.now(),
} = {}): RawPod {
  const uid = randomUUID();
  const name = `runner-pause-${shortToken.toLowerCase()}-${systemId.replace(/_/g, "")}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-${uid.slice(0, 10)}`,
      namespace,
      uid,
      creationTimestamp: wholeSeconds(createdMs),
      generation: 1,
      labels: {
        "runner.gitlab.com/pause-pod": "true",
        "manager.runner.gitlab.com/id-short": shortToken,
        "manager.runner.gitlab.com/system-id": systemId,
      },
      ownerReferences: [owner("ReplicaSet", name, randomUUID())],
    },
    spec: {
      containers: [{ name: "pause", image: "registry.k8s.io/pause:3.10", resources: { requests: { cpu: "500m", memory: "512Mi" } } }],
      priorityClassName: "gitlab-runner-idle-capacity",
      priority: -1,
      restartPolicy: "Always",
      volumes: [],
    },
    status: { phase: "Pending", qosClass: "Burstable" },
  };
}

function owner(kind: string, name: string, uid: string) {
  return { apiVersion: "apps/v1", blockOwnerDeletion: true, controller: true, kind, name, uid };
}

function podSpec(name: string, image: string): RawPod["spec"] {
  const container: RawContainer = {
    name,
    image,
    command: ["/usr/bin/dumb-init", "--", "/bin/bash", "/configmaps/entrypoint"],
    env: [{ name: "CI_SERVER_URL", value: "https://gitlab.example.com" }],
    imagePullPolicy: "IfNotPresent",
    ports: [{ containerPort: 9252, name: "metrics", protocol: "TCP" }],
    resources: { limits: { cpu: "1", memory: "512Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
    volumeMounts: [{ mountPath: "/secrets", name: "projected-secrets" }],
  };
  return {
    containers: [container],
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    schedulerName: "default-scheduler",
    serviceAccountName: name,
    terminationGracePeriodSeconds: 3600,
    volumes: [{ name: "projected-secrets", projected: { defaultMode: 420, sources: [{ secret: { name } }] } }],
  };
}
