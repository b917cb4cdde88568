import type { Clock } from "../../base/clock.ts";
import { isJobPod } from "../../fleet/find-jobs.ts";
import { isManagerPod } from "../../fleet/find-managers.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import type { CadvisorPage } from "../../metrics/schema.ts";
import type { Poller } from "../manager-watch.ts";
import type { Step } from "../replay/step.ts";
import type { Watch } from "../watched-cluster.ts";

export interface RecorderParts {
  watch: Watch;
  clock: Clock;
  /** Takes one step; a line of the recording. */
  write: (step: Step) => void;
}

/** A step without its time. */
type Told = Step extends infer S ? (S extends Step ? Omit<S, "atMs"> : never) : never;

/**
 * Turns what a watch holds into steps: what is new or different since it was last looked at, by identity. Only what a recording is replayed from
 * leaves: job pods and managers, events about them, nodes and workloads. Records are the allow-list already, so nothing else can be in them.
 */
export class FleetRecorder {
  readonly #parts: RecorderParts;
  readonly #seen = new Map<string, unknown>();
  readonly #uids = new Set<string>();

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    parts.watch.onDeleted((record, ending) => {
      if (!this.#isOurs(record)) return;
      this.look();
      this.#write({ kind: "gone", record, ending });
    });
    parts.watch.onChange(() => this.look());
  }

  /** Writes what changed since the last look. */
  look(): void {
    const { pods, events, nodes, workloads } = this.#parts.watch;
    for (const node of nodes.snapshot().values()) this.#note(node.uid, { kind: "node", record: node });
    for (const workload of workloads.snapshot().values()) this.#note(workload.uid, { kind: "workload", record: workload });
    for (const pod of pods.snapshot().values()) {
      if (!this.#isOurs(pod)) continue;
      this.#uids.add(pod.uid);
      this.#note(pod.uid, { kind: "pod", record: pod });
    }
    for (const event of events.snapshot().values())
      if (this.#uids.has(event.regarding.uid)) this.#note(event.uid, { kind: "event", record: event });
  }

  /** One page of a kubelet: only rows of our pods. */
  page(page: CadvisorPage): void {
    const names = new Set(
      [...this.#parts.watch.pods.snapshot().values()].filter((pod) => this.#isOurs(pod)).map((pod) => `${pod.namespace}/${pod.name}`),
    );
    const containers = page.containers.filter((sample) => names.has(`${sample.namespace}/${sample.pod}`));
    const ids = new Set(containers.map((sample) => sample.containerId));
    this.#write({ kind: "page", page: { ...page, containers, nested: page.nested.filter((sample) => ids.has(sample.containerId)) } });
  }

  /** What the managers say now, as far as it is new. */
  managers(poller: Pick<Poller, "readings">): void {
    const pods = this.#parts.watch.pods.snapshot();
    for (const [uid, reading] of poller.readings()) {
      const address = pods.get(uid)?.podIp ?? null;
      if (address === null || reading.metrics === null || reading.jobs === null || this.#seen.get(`reading ${uid}`) === reading) continue;
      this.#seen.set(`reading ${uid}`, reading);
      this.#write({ kind: "manager", address, metrics: reading.metrics, jobs: reading.jobs });
    }
  }

  #isOurs(pod: PodRecord): boolean {
    return isJobPod(pod) || isManagerPod(pod);
  }

  #note(uid: string, step: Told & { record: unknown }): void {
    if (this.#seen.get(uid) === step.record) return;
    this.#seen.set(uid, step.record);
    this.#write(step);
  }

  #write(step: Told): void {
    this.#parts.write({ ...step, atMs: this.#parts.clock.now() } as Step);
  }
}
