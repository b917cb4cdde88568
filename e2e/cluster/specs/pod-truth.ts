import type { KubeApi } from "../../kube-api.ts";

/** The few fields of a pod that the comparison reads, straight from the API server. */
export interface RawPod {
  metadata: {
    uid: string;
    name: string;
    creationTimestamp: string;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    annotations?: Record<string, string>;
  };
  spec: { nodeName?: string; containers: { name: string }[]; initContainers?: { name: string }[] };
  status: {
    phase: string;
    conditions?: { type: string; status: string; reason?: string; lastTransitionTime?: string }[];
    containerStatuses?: RawStatus[];
    initContainerStatuses?: RawStatus[];
  };
}
export interface RawStatus {
  name: string;
  restartCount: number;
  containerID?: string;
  state: {
    waiting?: { reason?: string };
    running?: { startedAt?: string };
    terminated?: { reason?: string; exitCode: number; startedAt?: string; finishedAt?: string };
  };
}

export interface PodHistory {
  uid: string;
  added: RawPod;
  last: RawPod;
  versions: RawPod[];
  deletedAt: number | null;
}

/** An independent witness: its own raw watch on the pods of one namespace, every version kept. */
export class PodTruth {
  readonly #api: KubeApi;
  readonly #namespace: string;
  readonly #pods = new Map<string, PodHistory>();
  #stop: (() => void) | null = null;

  constructor(api: KubeApi, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
  }

  async start(): Promise<void> {
    const list = JSON.parse(await this.#api.call("GET", `/api/v1/namespaces/${this.#namespace}/pods`)) as {
      metadata: { resourceVersion: string };
    };
    this.#stop = this.#api.watch(
      `/api/v1/namespaces/${this.#namespace}/pods?watch=true&resourceVersion=${list.metadata.resourceVersion}`,
      (line, at) => {
        if (line.trim() === "") return;
        const event = JSON.parse(line) as { type: string; object: RawPod };
        if (event.type === "BOOKMARK" || event.type === "ERROR") return;
        this.#note(event.type, event.object, at);
      },
    );
  }

  #note(type: string, pod: RawPod, at: number): void {
    const history = this.#pods.get(pod.metadata.uid) ?? { uid: pod.metadata.uid, added: pod, last: pod, versions: [], deletedAt: null };
    history.last = pod;
    history.versions.push(pod);
    if (type === "DELETED") history.deletedAt = at;
    this.#pods.set(pod.metadata.uid, history);
  }

  /** All versions of the pods of one GitLab job (the runner may make more than one). */
  ofJob(id: number | string): PodHistory[] {
    return [...this.#pods.values()].filter((history) => history.added.metadata.annotations?.["job.runner.gitlab.com/id"] === String(id));
  }

  /** All pods of jobs that were added since the start. */
  ofJobs(): PodHistory[] {
    return [...this.#pods.values()].filter((history) => history.added.metadata.annotations?.["job.runner.gitlab.com/id"] !== undefined);
  }

  stop(): void {
    this.#stop?.();
  }
}
