import type { PodContainer, Resources } from "../kubernetes/schema.ts";

/**
 * Sum over the containers that run side by side: build, helper, services, sidecars. null where one of them sets none, for then the
 * sum is not what the pod may use.
 */
export function sumResources(containers: readonly PodContainer[], which: "requests" | "limits"): Resources {
  const beside = containers.filter((container) => container.kind === "regular" || container.kind === "sidecar");
  const sum = (amount: keyof Resources) =>
    beside.reduce<number | null>(
      (total, container) => {
        const one = container[which][amount];
        return total === null || one === null ? null : total + one;
      },
      beside.length === 0 ? null : 0,
    );
  return { cpuMillicores: sum("cpuMillicores"), memoryBytes: sum("memoryBytes"), ephemeralStorageBytes: sum("ephemeralStorageBytes") };
}
