import { known, unknown, type Known } from "../base/known.ts";
import type { PodContainer, PodRecord, WorkloadRecord } from "../kubernetes/schema.ts";
import { isJobPod, isPausePod } from "./find-jobs.ts";
import type { Manager } from "./schema.ts";

/** How a pod or workload shows that it is a runner manager; null: it is none. Job pods carry none of the chart's labels. */
export function managerSign(labels: Readonly<Record<string, string>>, images: readonly string[]): Manager["foundBy"] | null {
  // Helm chart gitlab-runner: every object and pod has the label `chart`.
  if (labels["chart"]?.startsWith("gitlab-runner-")) return "chart-label";
  const byImage = images.some(isManagerImage);
  // Operator: pods have this label (runner docs/monitoring); other software uses the word too.
  if (labels["app.kubernetes.io/component"] === "runner" && (byImage || images.some((image) => /gitlab.*runner/i.test(image))))
    return "operator-label";
  return byImage ? "image-name" : null;
}

/** `gitlab/gitlab-runner:v18.3.0`, `…/gitlab-runner-ocp@sha256:…`; not the helper's image, and no image that only begins like it. */
function isManagerImage(image: string): boolean {
  const name = repositoryOf(image).split("/").at(-1) ?? "";
  return /^gitlab-runner(-ocp|-ubi.*)?$/.test(name);
}

function repositoryOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}

/** Pods of runner managers that still live. One that has finished (evicted, for example) takes no jobs and was replaced. */
export function isManagerPod(pod: PodRecord): boolean {
  if (pod.phase === "Succeeded" || pod.phase === "Failed" || isPausePod(pod) || isJobPod(pod)) return false;
  return foundBy(pod) !== null;
}

function foundBy({ labels, containers, namedManager }: PodRecord): Manager["foundBy"] | null {
  const sign = managerSign(
    labels,
    containers.map(({ image }) => image),
  );
  return sign ?? (namedManager ? "setting" : null);
}

/** A manager as the cluster sees it. `workloads` by uid. */
export function deriveManager(pod: PodRecord, workloads: ReadonlyMap<string, WorkloadRecord>): Manager {
  const container = mainContainer(pod);
  const state = container?.state ?? null;
  const startedAt = state?.kind === "running" ? state.startedAt : null;
  return {
    key: `${pod.cluster}/${pod.uid}`,
    cluster: pod.cluster,
    uid: pod.uid,
    namespace: pod.namespace,
    pod: pod.name,
    workload: workloadOf(pod, workloads),
    node: pod.node,
    image: container?.image ?? "",
    version: versionOf(pod, container),
    foundBy: foundBy(pod) ?? "image-name",
    podPhase: pod.phase,
    ready: container?.ready === true && pod.deletionRequestedAt === null,
    restarts: container?.restartCount ?? 0,
    startedAt:
      startedAt === null
        ? unknown(state?.kind === "running" ? "not-set" : "not-reached")
        : known(startedAt, startedAt, "pod.status.containerStatuses.state.running.startedAt"),
    terminating: pod.deletionRequestedAt !== null,
    lastTermination: container?.lastState?.kind === "terminated" ? container.lastState : null,
    port: null,
    slots: { total: unknown("not-connected"), used: unknown("not-connected"), free: unknown("not-connected"), boundBy: null },
    runners: [],
    jobs: unknown("not-connected"),
    processState: unknown("not-connected"),
    config: { told: unknown("not-connected"), rule: null },
    use: { cpu: unknown("not-connected"), memory: unknown("not-connected") },
  };
}

/** The container that is the manager. */
export function mainContainer(pod: PodRecord): PodContainer | null {
  const regular = pod.containers.filter((container) => container.kind === "regular");
  return regular.find((container) => isManagerImage(container.image)) ?? regular[0] ?? null;
}

/** The Deployment behind the ReplicaSet, else the pod's own controller; null for a bare pod. */
function workloadOf(pod: PodRecord, workloads: ReadonlyMap<string, WorkloadRecord>): string | null {
  const owner = pod.owners.find((one) => one.controller) ?? pod.owners[0];
  if (owner === undefined) return null;
  const replicaSet = workloads.get(owner.uid);
  const above = replicaSet?.owners.find((one) => one.kind === "Deployment");
  if (above !== undefined) return above.name;
  // ReplicaSets that may not be read are named `<deployment>-<hash>` (deployment controller).
  return owner.kind === "ReplicaSet" ? owner.name.replace(/-[a-z0-9]{6,10}$/, "") : owner.name;
}

/** From the image's tag: `v18.3.0`, `alpine-v18.3.0`, `ubuntu-18.3.0`. */
function versionOf(pod: PodRecord, container: PodContainer | null): Known<string> {
  const tag = /:([^/:]+)$/.exec(container?.image.replace(/@.*$/, "") ?? "")?.[1];
  if (tag === undefined) return unknown("not-set");
  const version = /(?:^|[^\d.])(\d+\.\d+\.\d+)(?!\d)/.exec(tag)?.[1];
  return version === undefined ? unknown("unreadable") : known(version, pod.createdAt, `pod.spec.containers[${container?.name}].image`);
}
