import type { ClusterModel } from "./cluster.ts";
import type { QuotaSpec } from "./cluster-spec.ts";
import { cpuQuantity, memoryQuantity, wholeSeconds } from "./objects.ts";
import type { PodRuntime } from "./pod.ts";

interface Used {
  cpuMillicores: number;
  memoryBytes: number;
  pods: number;
}

/** ResourceQuotas and their admission check (plugin/pkg/admission/resourcequota). */
export class Quotas {
  readonly #cluster: ClusterModel;
  readonly #quotas: { spec: QuotaSpec; used: Used; uid: string; createdAt: number }[];

  constructor(cluster: ClusterModel) {
    this.#cluster = cluster;
    this.#quotas = cluster.spec.quotas.map((spec) => ({
      spec,
      used: { cpuMillicores: 0, memoryBytes: 0, pods: 0 },
      uid: cluster.random.uid(),
      createdAt: cluster.timeline.now - 86_400_000 * 9,
    }));
    for (const quota of this.#quotas) this.#publish(quota);
  }

  /** The API server's refusal, or null when the pod may be made. */
  refusal(namespace: string, requests: { cpuMillicores: number; memoryBytes: number }): string | null {
    for (const { spec, used } of this.#of(namespace)) {
      const checks = [
        ["pods", String(1), String(used.pods), String(spec.pods), used.pods + 1 > spec.pods],
        [
          "requests.cpu",
          cpuQuantity(requests.cpuMillicores),
          cpuQuantity(used.cpuMillicores),
          cpuQuantity(spec.requestsCpuMillicores),
          used.cpuMillicores + requests.cpuMillicores > spec.requestsCpuMillicores,
        ],
        [
          "requests.memory",
          memoryQuantity(requests.memoryBytes),
          memoryQuantity(used.memoryBytes),
          memoryQuantity(spec.requestsMemoryBytes),
          used.memoryBytes + requests.memoryBytes > spec.requestsMemoryBytes,
        ],
      ] as const;
      const over = checks.filter(([, , , , exceeded]) => exceeded);
      if (over.length === 0) continue;
      const list = (column: 1 | 2 | 3) => over.map((check) => `${check[0]}=${check[column]}`).join(",");
      return `exceeded quota: ${spec.name}, requested: ${list(1)}, used: ${list(2)}, limited: ${list(3)}`;
    }
    return null;
  }

  add(pod: PodRuntime): void {
    this.#change(pod, 1);
  }

  remove(pod: PodRuntime): void {
    this.#change(pod, -1);
  }

  #of(namespace: string) {
    return this.#quotas.filter((quota) => quota.spec.namespace === namespace);
  }

  #change(pod: PodRuntime, sign: 1 | -1): void {
    for (const quota of this.#of(pod.namespace)) {
      quota.used.cpuMillicores += sign * pod.requests.cpuMillicores;
      quota.used.memoryBytes += sign * pod.requests.memoryBytes;
      quota.used.pods += sign;
      this.#publish(quota);
    }
  }

  #publish({ spec, used, uid, createdAt }: { spec: QuotaSpec; used: Used; uid: string; createdAt: number }): void {
    const hard = {
      pods: String(spec.pods),
      "requests.cpu": cpuQuantity(spec.requestsCpuMillicores),
      "requests.memory": memoryQuantity(spec.requestsMemoryBytes),
    };
    this.#cluster.sink.put("resourcequotas", {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { creationTimestamp: wholeSeconds(createdAt), name: spec.name, namespace: spec.namespace, uid },
      spec: { hard },
      status: {
        hard,
        used: {
          pods: String(used.pods),
          "requests.cpu": cpuQuantity(used.cpuMillicores),
          "requests.memory": memoryQuantity(used.memoryBytes),
        },
      },
    });
  }
}
