import type { Fields } from "../base/is-fields.ts";
import { shareText, shareValue } from "../base/share-equal.ts";
import { fields, integer, items, name, timestamp } from "./read-field.ts";
import { aliasNames, readDocker } from "./read-docker.ts";
import { readBytes, readMillicores } from "./read-quantity.ts";
import { readImage, readText } from "./read-text.ts";
import type { ContainerState, PodContainer, Resources } from "./schema.ts";

/**
 * Reasons whose message the kubelet or the runtime wrote. With any other reason the text is the container's own termination
 * log or the tail of its log (kubelet `kuberuntime_container.go`, terminationMessagePolicy), so it may hold anything and is dropped.
 */
const RUNTIME_REASONS = new Set([
  "StartError",
  "ContainerCannotRun",
  "ContainerStatusUnknown",
  "CreateContainerError",
  "RunContainerError",
]);

/** null for a state that is not there (`lastState: {}`). */
function readState(raw: unknown): ContainerState | null {
  const state = fields(raw);
  if (state["running"] !== undefined) return { kind: "running", startedAt: timestamp(fields(state["running"])["startedAt"]) };
  if (state["terminated"] !== undefined) {
    const terminated = fields(state["terminated"]);
    const reason = shareText(name(terminated["reason"]));
    const signal = integer(terminated["signal"]);
    return {
      kind: "terminated",
      reason,
      exitCode: integer(terminated["exitCode"]) ?? 0,
      // Go leaves 0 out; 0 is no signal.
      signal: signal === 0 ? null : signal,
      message: reason !== null && RUNTIME_REASONS.has(reason) ? readText(terminated["message"]) : null,
      startedAt: timestamp(terminated["startedAt"]),
      finishedAt: timestamp(terminated["finishedAt"]),
    };
  }
  if (state["waiting"] === undefined) return null;
  const waiting = fields(state["waiting"]);
  return { kind: "waiting", reason: shareText(name(waiting["reason"])), message: shareText(readText(waiting["message"])) };
}

export function readResources(raw: unknown): Resources {
  const amounts = fields(raw);
  return {
    cpuMillicores: readMillicores(amounts["cpu"]),
    memoryBytes: readBytes(amounts["memory"]),
    ephemeralStorageBytes: readBytes(amounts["ephemeral-storage"]),
  };
}

/** All containers of a pod: init containers first, in the order of the spec, with what the kubelet says about each. */
export function readContainers(spec: Fields, status: Fields): PodContainer[] {
  const names = aliasNames(spec["hostAliases"]);
  const read = (specs: unknown, statuses: unknown, kindOf: (container: Fields) => PodContainer["kind"]) =>
    readList(specs, statuses, kindOf, names);
  return [
    ...read(spec["initContainers"], status["initContainerStatuses"], (container) =>
      // Native sidecar: KEP-753, GA 1.33.
      container["restartPolicy"] === "Always" ? "sidecar" : "init",
    ),
    ...read(spec["containers"], status["containerStatuses"], () => "regular"),
    ...read(spec["ephemeralContainers"], status["ephemeralContainerStatuses"], () => "ephemeral"),
  ];
}

function readList(
  specs: unknown,
  statuses: unknown,
  kindOf: (container: Fields) => PodContainer["kind"],
  names: ReadonlySet<string>,
): PodContainer[] {
  const written = items(statuses);
  const containers: PodContainer[] = [];
  for (const container of items(specs)) {
    const title = shareText(name(container["name"]));
    if (title === null) continue;
    const status = written.find((one) => one["name"] === title);
    containers.push({ ...readContainer(title, kindOf(container), container, status), docker: readDocker(container, names) });
  }
  return containers;
}

function readContainer(
  title: string,
  kind: PodContainer["kind"],
  container: Fields,
  status: Fields | undefined,
): Omit<PodContainer, "docker"> {
  const resources = fields(container["resources"]);
  return {
    name: title,
    kind,
    image: shareText(readImage(container["image"]) ?? ""),
    imageId: shareText(readImage(status?.["imageID"])),
    containerId: name(status?.["containerID"]),
    privileged: fields(container["securityContext"])["privileged"] === true,
    requests: shareValue(readResources(resources["requests"])),
    limits: shareValue(readResources(resources["limits"])),
    mounts: readMounts(container["volumeMounts"]),
    ports: shareValue(readPorts(container["ports"])),
    // "If none of them is specified, the default one is ContainerStateWaiting" (core/v1 types.go).
    state: status === undefined ? null : (readState(status["state"]) ?? { kind: "waiting", reason: null, message: null }),
    lastState: readState(status?.["lastState"]),
    ready: status?.["ready"] === true,
    restartCount: integer(status?.["restartCount"]) ?? 0,
  };
}

function readMounts(raw: unknown): PodContainer["mounts"] {
  return items(raw).map((mount) =>
    shareValue({
      volume: name(mount["name"]) ?? "",
      path: readText(mount["mountPath"], 512) ?? "",
      readOnly: mount["readOnly"] === true,
    }),
  );
}

function readPorts(raw: unknown): PodContainer["ports"] {
  const ports: PodContainer["ports"] = [];
  for (const one of items(raw)) {
    const port = integer(one["containerPort"]);
    if (port !== null) ports.push({ name: name(one["name"]), port, protocol: name(one["protocol"]) ?? "TCP" });
  }
  return ports;
}
