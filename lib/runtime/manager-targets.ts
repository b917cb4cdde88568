import { isManagerPod } from "../fleet/find-managers.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import type { ManagerTarget } from "../manager/server/manager-poller.ts";

/** `listen_address` of the Helm chart and of the runner's documentation. */
const PORT = 9_252;

/** The managers worth asking: pods of the cluster that are managers and run. The port is the container's port named `metrics`, else 9252. */
export function managerTargets(pods: Iterable<PodRecord>): ManagerTarget[] {
  return [...pods]
    .filter((pod) => pod.phase === "Running" && isManagerPod(pod))
    .map((pod) => {
      const ports = pod.containers.flatMap((container) => container.ports);
      return { key: pod.uid, address: pod.podIp, port: ports.find((port) => port.name === "metrics")?.port ?? PORT };
    });
}
