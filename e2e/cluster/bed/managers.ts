import { RUNNER_NAMESPACE } from "./access.ts";
import { image } from "./images.ts";
import type { Kubectl } from "./kubectl.ts";
import { runnerConfig, type RunnerKnobs } from "./runner-config.ts";
import type { BedNetwork } from "./subnets.ts";

/** Release name; the Helm chart calls all its objects by it. */
const NAME = "gitlab-runner";
export const MANAGERS = 3;
/** As the chart labels everything (charts/gitlab-runner, templates/_helpers.tpl). */
const LABELS = { app: NAME, chart: "gitlab-runner-0.88.1", release: NAME, heritage: "Helm" };
const HOME = "/home/gitlab-runner/.gitlab-runner";
/** Like the chart's: the configuration is copied to a folder that can be written, where the runner also keeps its system id. */
const ENTRYPOINT = `#!/bin/bash
set -e
mkdir -p ${HOME}
cp /configmaps/config.toml ${HOME}/config.toml
exec gitlab-runner run --config ${HOME}/config.toml --working-directory /tmp
`;

/** Three managers with `concurrent` 10 each, as a Deployment like the one of the Helm chart. Resolves when all are ready. */
export async function startManagers(kubectl: Kubectl, network: BedNetwork, gitlab: string): Promise<void> {
  await kubectl.applyObjects([...rightsObjects(), configMap(gitlab), deployment(network)]);
  await untilReady(kubectl);
}

async function untilReady(kubectl: Kubectl): Promise<void> {
  await kubectl.run("--namespace", RUNNER_NAMESPACE, "rollout", "status", `deployment/${NAME}`, "--timeout=120s");
}

/**
 * Ends all managers with SIGTERM, which interrupts their jobs. Resolves when their pods are gone, and those of their jobs: now and then a job does not
 * let its manager go, the kubelet kills it after its grace period, and the job's pod stays.
 */
export async function stopManagers(kubectl: Kubectl): Promise<void> {
  await scale(kubectl, 0);
  await kubectl.run("--namespace", RUNNER_NAMESPACE, "wait", "--for=delete", "pod", "--selector", `app=${NAME}`, "--timeout=120s");
  await kubectl.run("--namespace", RUNNER_NAMESPACE, "delete", "pods", "--selector", `app!=${NAME}`, "--timeout=60s");
}

/** Starts managers that were stopped, with another configuration. Resolves when all are ready. */
export async function restartManagers(kubectl: Kubectl, gitlab: string, knobs: RunnerKnobs): Promise<void> {
  await kubectl.applyObjects([configMap(gitlab, knobs)]);
  await scale(kubectl, MANAGERS);
  await untilReady(kubectl);
}

async function scale(kubectl: Kubectl, replicas: number): Promise<void> {
  await kubectl.run("--namespace", RUNNER_NAMESPACE, "scale", `deployment/${NAME}`, `--replicas=${replicas}`);
}

const metadata = { name: NAME, namespace: RUNNER_NAMESPACE, labels: LABELS };

function rightsObjects(): object[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules: [{ apiGroups: [""], resources: ["*"], verbs: ["*"] }] },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: NAME },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: RUNNER_NAMESPACE }],
    },
  ];
}

function configMap(gitlab: string, knobs: RunnerKnobs = {}): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    data: { "config.toml": runnerConfig(gitlab, RUNNER_NAMESPACE, knobs), entrypoint: ENTRYPOINT },
  };
}

function deployment(network: BedNetwork): object {
  const container = {
    name: NAME,
    image: image.runner,
    imagePullPolicy: "Never",
    command: ["/bin/bash", "/configmaps/entrypoint"],
    env: [
      // The bed has no kube-proxy: the API server is reached at its own address.
      { name: "KUBERNETES_SERVICE_HOST", value: network.node },
      { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
    ],
    ports: [{ name: "metrics", containerPort: 9252 }],
    readinessProbe: { exec: { command: ["/usr/bin/pgrep", "gitlab.*runner"] }, initialDelaySeconds: 1, periodSeconds: 5 },
    livenessProbe: { exec: { command: ["/usr/bin/pgrep", "gitlab.*runner"] }, initialDelaySeconds: 60, periodSeconds: 10 },
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "512Mi" } },
    volumeMounts: [
      { name: "configmaps", mountPath: "/configmaps" },
      { name: "etc-gitlab-runner", mountPath: HOME },
    ],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: MANAGERS,
      selector: { matchLabels: { app: NAME } },
      template: {
        metadata: { labels: LABELS, annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "9252" } },
        spec: {
          serviceAccountName: NAME,
          terminationGracePeriodSeconds: 60,
          enableServiceLinks: false,
          containers: [container],
          volumes: [
            { name: "configmaps", configMap: { name: NAME } },
            { name: "etc-gitlab-runner", emptyDir: { medium: "Memory" } },
          ],
        },
      },
    },
  };
}
