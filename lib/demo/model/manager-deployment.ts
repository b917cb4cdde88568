import { admit, qosClassOf } from "./build-pod.ts";
import type { ClusterModel } from "./cluster.ts";
import type { RunnerSpec } from "./cluster-spec.ts";
import type { ContainerPlan } from "./container.ts";
import { ManagerProcess } from "./manager.ts";
import { imageOf, podTemplate } from "./manager-template.ts";
import { buildConfigMap } from "./manager-config.ts";
import { creatorFields } from "./managed-fields.ts";
import { wholeSeconds, type KubeObject } from "./objects.ts";
import { setCondition, updateConditions } from "./pod-status.ts";

const RESOURCES = {
  requests: { cpuMillicores: 100, memoryBytes: 128 * 2 ** 20 },
  limits: { cpuMillicores: 1000, memoryBytes: 512 * 2 ** 20 },
};

interface Placed {
  hash: string;
  uids: { deployment: string; replicaSet: string };
  bornAt: number;
}

/** Where a manager's HTTP port can be reached: address and port that the pod shows. */
export interface ManagerAddress {
  ip: string;
  port: number;
}

/** The managers of a runner entry: a Deployment of the Helm chart, its ReplicaSet and pods, all running since some hours. */
export function deployManagers(cluster: ClusterModel, runner: RunnerSpec, addressOf: (index: number) => ManagerAddress): ManagerProcess[] {
  const { random, timeline, sink } = cluster;
  const placed: Placed = {
    hash: random.text(10, "bcdfghjklmnpqrstvwxz2456789"),
    uids: { deployment: random.uid(), replicaSet: random.uid() },
    bornAt: timeline.now - 3_600_000 * random.between(3, 60),
  };
  sink.put("configmaps", buildConfigMap(runner, cluster.spec.gitlabUrl, placed.uids.deployment, placed.bornAt));
  sink.put("deployments", buildDeployment(runner, placed));
  sink.put("replicasets", buildReplicaSet(runner, placed));
  return Array.from({ length: runner.replicas }, (_, index) => runManager(cluster, runner, placed, addressOf(index)));
}

function labelsOf(runner: RunnerSpec): Record<string, string> {
  return { app: runner.release, chart: runner.chart, heritage: "Helm", release: runner.release };
}

const ANNOTATIONS = { "prometheus.io/port": "9252", "prometheus.io/scrape": "true" };

function buildDeployment(runner: RunnerSpec, { uids, bornAt }: Placed): KubeObject {
  const { replicas } = runner;
  const at = wholeSeconds(bornAt);
  const condition = (type: string, reason: string, message: string) => ({
    lastTransitionTime: at,
    lastUpdateTime: at,
    message,
    reason,
    status: "True",
    type,
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      annotations: { "deployment.kubernetes.io/revision": "1" },
      creationTimestamp: at,
      generation: 1,
      labels: labelsOf(runner),
      name: runner.release,
      namespace: runner.namespace,
      uid: uids.deployment,
    },
    spec: {
      progressDeadlineSeconds: 600,
      replicas,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: runner.release } },
      strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" }, type: "RollingUpdate" },
      template: {
        metadata: { annotations: ANNOTATIONS, labels: labelsOf(runner) },
        spec: podTemplate(runner, 9252),
      },
    },
    status: {
      availableReplicas: replicas,
      conditions: [
        condition("Available", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        condition("Progressing", "NewReplicaSetAvailable", `ReplicaSet "${runner.release}" has successfully progressed.`),
      ],
      observedGeneration: 1,
      readyReplicas: replicas,
      replicas,
      updatedReplicas: replicas,
    },
  };
}

function buildReplicaSet(runner: RunnerSpec, { hash, uids, bornAt }: Placed): KubeObject {
  const { replicas } = runner;
  const labels = { ...labelsOf(runner), "pod-template-hash": hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      annotations: {
        "deployment.kubernetes.io/desired-replicas": String(replicas),
        "deployment.kubernetes.io/max-replicas": String(replicas + 1),
        "deployment.kubernetes.io/revision": "1",
      },
      creationTimestamp: wholeSeconds(bornAt),
      generation: 1,
      labels,
      name: `${runner.release}-${hash}`,
      namespace: runner.namespace,
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          blockOwnerDeletion: true,
          controller: true,
          kind: "Deployment",
          name: runner.release,
          uid: uids.deployment,
        },
      ],
      uid: uids.replicaSet,
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: runner.release, "pod-template-hash": hash } },
      template: { metadata: { annotations: ANNOTATIONS, labels }, spec: podTemplate(runner, 9252) },
    },
    status: { availableReplicas: replicas, fullyLabeledReplicas: replicas, observedGeneration: 1, readyReplicas: replicas, replicas },
  };
}

function runManager(cluster: ClusterModel, runner: RunnerSpec, placed: Placed, address: ManagerAddress): ManagerProcess {
  const { random, timeline } = cluster;
  const plan: ContainerPlan = {
    name: runner.release,
    role: "manager",
    image: imageOf(runner),
    resources: RESOURCES,
    service: null,
    oomVictim: "main",
  };
  const object = buildManagerPod(runner, placed, address, {
    suffix: random.suffix(5),
    uid: random.uid(),
    token: `kube-api-access-${random.suffix(5)}`,
  });
  const pod = cluster.adoptPod(object, [plan], qosClassOf([plan], false), address.ip, placed.bornAt);
  setCondition(pod, "PodScheduled", "True", placed.bornAt);
  const container = pod.containers[0];
  container?.start(random.hex(64), placed.bornAt + 1000);
  pod.phase = "Running";
  updateConditions(pod, placed.bornAt + 2000, true);
  container?.begin({ forMs: 0, cores: 0.12, busy: 0.05, memoryBytes: 42 * 2 ** 20, cacheBytes: 2 ** 20 }, timeline.now, timeline.now, 1);
  cluster.publish(pod, "kubelet");
  const manager = new ManagerProcess(cluster, runner, pod);
  manager.port = address.port;
  return manager;
}

interface PodIdentity {
  suffix: string;
  uid: string;
  token: string;
}

function buildManagerPod(runner: RunnerSpec, placed: Placed, address: ManagerAddress, { suffix, uid, token }: PodIdentity): KubeObject {
  const set = `${runner.release}-${placed.hash}`;
  const owners = [
    { apiVersion: "apps/v1", blockOwnerDeletion: true, controller: true, kind: "ReplicaSet", name: set, uid: placed.uids.replicaSet },
  ];
  const metadata = {
    annotations: { ...ANNOTATIONS, "prometheus.io/port": String(address.port) },
    generateName: `${set}-`,
    labels: { ...labelsOf(runner), "pod-template-hash": placed.hash },
    ownerReferences: owners,
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      creationTimestamp: wholeSeconds(placed.bornAt),
      generation: 1,
      managedFields: [creatorFields("kube-controller-manager", placed.bornAt, metadata, podTemplate(runner, address.port))],
      name: `${set}-${suffix}`,
      namespace: runner.namespace,
      uid,
    },
    spec: admit(podTemplate(runner, address.port, token), token, runner.release),
    status: {},
  };
}
