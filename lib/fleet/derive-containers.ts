import { known, unknown, type Known, type Timestamp } from "../base/known.ts";
import type { ContainerState, PodContainer, PodRecord } from "../kubernetes/schema.ts";
import type { PodUsage } from "../metrics/schema.ts";
import { assignAliases } from "./assign-aliases.ts";
import { deriveUsage, type KubeletState } from "./derive-usage.ts";
import type { ContainerRole, ContainerView } from "./schema.ts";

/** Volumes that the runner mounts into every container it makes, services included (reference: volumes and paths). */
const RUNNER_VOLUMES: ReadonlySet<string> = new Set(["repo", "scripts"]);
/** What the runner calls a service without a usable alias. */
const NUMBERED_SERVICE = /^svc-\d+$/;

/** Containers as a job's page shows them, in the order of the pod's spec (init first). */
export function deriveContainers(
  pod: PodRecord,
  deletionRequestedAt: Timestamp | null,
  gone: boolean,
  use: { usage: PodUsage | null; kubelet: KubeletState } = { usage: null, kubelet: "not-connected" },
): ContainerView[] {
  const services = pod.containers.filter(
    (container) => container.kind === "regular" && container.name !== "build" && container.name !== "helper",
  );
  const aliases = assignAliases(pod.hostAliases, services);
  return pod.containers.map((container) => {
    const names = aliases.get(container.name) ?? [];
    return {
      name: container.name,
      role: roleOf(container, names),
      aliases: names,
      image: container.image,
      imageDigest: digestOf(container.imageId),
      privileged: container.privileged,
      requests: container.requests,
      limits: container.limits,
      state: stateOf(pod, container, gone),
      since: sinceOf(container),
      afterDeletion: endedAfter(container.state, deletionRequestedAt),
      lastState: container.lastState,
      ready: container.ready,
      restarts: container.restartCount,
      mounts: container.mounts,
      ports: container.ports,
      docker: container.docker,
      usage: deriveUsage(container, { ...use, gone }),
    };
  });
}

/** Native sidecars and ephemeral containers are never of the runner's making (no such container in its source). */
function roleOf(container: PodContainer, aliases: readonly string[]): ContainerRole {
  if (container.kind === "init") return "init";
  if (container.kind !== "regular") return "other";
  if (container.name === "build") return "build";
  if (container.name === "helper") return "helper";
  if (isDind(container, aliases)) return "dind";
  const explained =
    NUMBERED_SERVICE.test(container.name) ||
    aliases.includes(container.name) ||
    container.mounts.some((mount) => RUNNER_VOLUMES.has(mount.volume));
  return explained ? "service" : "other";
}

/** `docker:27-dind`, `registry/dind:1`; or a privileged service that answers to the name docker. */
function isDind({ image, name, privileged }: PodContainer, aliases: readonly string[]): boolean {
  const last = image.split("@")[0]?.split("/").at(-1) ?? "";
  return /(^|[^a-z])dind([^a-z]|$)/i.test(last) || (privileged && (name === "docker" || aliases.includes("docker")));
}

/** `repo@sha256:…` or `sha256:…`; null when the runtime gives none. */
function digestOf(imageId: string | null): string | null {
  return /(?:^|@)(sha256:[0-9a-f]{64})$/.exec(imageId ?? "")?.[1] ?? null;
}

function stateOf(pod: PodRecord, container: PodContainer, gone: boolean): Known<ContainerState> {
  if (container.state === null) return unknown(gone && pod.node !== null ? "not-seen" : "not-reached");
  const since = sinceOf(container);
  return known(container.state, since.state === "known" ? since.value : pod.seenAt, statusField(container, container.state.kind));
}

/** The kubelet writes no time for waiting. */
function sinceOf(container: PodContainer): Known<Timestamp> {
  const { state } = container;
  if (state === null) return unknown("not-reached");
  if (state.kind === "waiting") return unknown("not-set");
  const [at, field] = state.kind === "running" ? [state.startedAt, "running.startedAt"] : [state.finishedAt, "terminated.finishedAt"];
  return at === null ? unknown("not-set") : known(at, at, statusField(container, field));
}

/** Where a container's status stands in the pod. */
export function statusField(container: Pick<PodContainer, "name" | "kind">, field: string): string {
  const list =
    container.kind === "regular"
      ? "containerStatuses"
      : container.kind === "ephemeral"
        ? "ephemeralContainerStatuses"
        : "initContainerStatuses";
  return `pod.status.${list}[${container.name}].state.${field}`;
}

/** Kubernetes' times have whole seconds: an end in the second of the request counts as after it, for then 137 proves nothing. */
function endedAfter(state: ContainerState | null, deletionRequestedAt: Timestamp | null): boolean {
  if (state?.kind !== "terminated" || deletionRequestedAt === null) return false;
  // Without a time it was the kubelet that gave up on the container (ContainerStatusUnknown) while the pod was being deleted.
  return state.finishedAt === null || Date.parse(state.finishedAt) >= Math.floor(Date.parse(deletionRequestedAt) / 1_000) * 1_000;
}
