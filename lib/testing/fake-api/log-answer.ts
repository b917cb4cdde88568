import type { ServerResponse } from "node:http";
import type { KubeObject } from "./kube-object.ts";
import type { ObjectStore } from "./object-store.ts";
import type { PodLogs } from "./pod-logs.ts";
import { badRequest, type StatusBody } from "./status-body.ts";

interface Status {
  name: string;
  state?: { waiting?: { reason?: string }; terminated?: object };
}

interface LoggedPod extends KubeObject {
  spec?: { containers?: { name: string }[]; initContainers?: { name: string }[] };
  status?: { containerStatuses?: Status[]; initContainerStatuses?: Status[] };
}

const statusesOf = ({ status }: LoggedPod) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];

/** Which container is meant, or why there is no log of it (pkg/registry/core/pod/strategy.go LogLocation, kubelet GetContainerLogs). */
export function findLog(pod: LoggedPod, query: URLSearchParams): { container: string } | StatusBody {
  const names = (pod.spec?.containers ?? []).map(({ name }) => name);
  const all = [...names, ...(pod.spec?.initContainers ?? []).map(({ name }) => name)];
  const asked = query.get("container");
  const { name: podName } = pod.metadata;
  if (asked === null && names.length > 1)
    return badRequest(`a container name must be specified for pod ${podName}, choose one of: [${names.join(" ")}]`);
  const container = asked ?? names[0] ?? "";
  if (!all.includes(container)) return badRequest(`container ${container} is not valid for pod ${podName}`);
  const waiting = statusesOf(pod).find(({ name }) => name === container)?.state?.waiting;
  if (waiting)
    return badRequest(`container "${container}" in pod "${podName}" is waiting to start: ${waiting.reason ?? "ContainerCreating"}`);
  return { container };
}

export interface LogAnswer {
  store: ObjectStore;
  logs: PodLogs;
  pod: KubeObject;
  container: string;
  query: URLSearchParams;
  response: ServerResponse;
}

/** Writes `pods/log` with `timestamps`, `tailLines`, `sinceTime`, `sinceSeconds`; with `follow` until the container has ended or the reader goes. */
export function writeLog({ store, logs, pod, container, query, response }: LogAnswer): void {
  const { namespace, name, uid } = pod.metadata;
  const key = `${namespace}/${name}/${container}`;
  const stamped = query.get("timestamps") === "true";
  const write = (line: string) => response.write(`${stamped ? line : line.slice(line.indexOf(" ") + 1)}\n`);
  const tail = query.get("tailLines");
  for (const line of logs.read(key, { since: sinceOf(query), ...(tail === null ? {} : { tail: Number(tail) }) })) write(line);
  if (query.get("follow") !== "true" || hasEnded(pod, container)) return void response.end();
  response.flushHeaders();
  const stops = [
    logs.follow(key, write),
    store.subscribe((event) => {
      if (event.resource !== "pods" || event.object.metadata.uid !== uid) return;
      if (event.type === "DELETED" || hasEnded(event.object, container)) response.end();
    }),
  ];
  response.once("close", () => stops.forEach((stop) => stop()));
}

function sinceOf(query: URLSearchParams): number {
  const time = query.get("sinceTime");
  if (time !== null) return Date.parse(time);
  const seconds = query.get("sinceSeconds");
  return seconds === null ? 0 : Date.now() - Number(seconds) * 1_000;
}

function hasEnded(pod: LoggedPod, container: string): boolean {
  return statusesOf(pod).some(({ name, state }) => name === container && state?.terminated !== undefined);
}
