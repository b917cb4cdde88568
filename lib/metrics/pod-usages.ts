import { addNested, addSample, usageOf, type UsageState } from "./accumulate-usage.ts";
import type { CadvisorPage, ContainerUsage, PodUsage, UsagePoint } from "./schema.ts";

interface Entry {
  readonly podUid: string;
  readonly name: string;
  state: UsageState;
}

/** The usage of the containers of the pods somebody asks for, by pod uid. Joined by container id; a row whose id is not known is not guessed at. */
export class PodUsages {
  readonly #entries = new Map<string, Entry>();
  #pods: ReadonlyMap<string, PodUsage> = new Map();
  #revision = 0;

  /** Grows with every page that changed something. */
  get revision(): number {
    return this.#revision;
  }

  /** The same map until something changes; pods that did not change keep their object. */
  snapshot(): ReadonlyMap<string, PodUsage> {
    return this.#pods;
  }

  /** Takes one page of one node. `wanted`: container id → pod uid and container name, from the pods' statuses. */
  add(page: CadvisorPage, wanted: ReadonlyMap<string, { podUid: string; name: string }>): void {
    const touched = new Set<string>();
    for (const sample of page.containers) {
      const target = sample.containerId === null ? undefined : wanted.get(sample.containerId);
      if (target === undefined || sample.containerId === null) continue;
      const entry = this.#entries.get(sample.containerId);
      const state = addSample(entry?.state ?? null, sample);
      if (state === entry?.state) continue;
      this.#entries.set(sample.containerId, { ...target, state });
      touched.add(target.podUid);
    }
    for (const sample of page.nested) {
      const entry = this.#entries.get(sample.containerId);
      if (entry === undefined) continue;
      const state = addNested(entry.state, sample);
      if (state === entry.state) continue;
      entry.state = state;
      touched.add(entry.podUid);
    }
    if (touched.size > 0) this.#rebuild(touched);
  }

  /** Forgets pods that nobody shows any more. */
  keepOnly(podUids: ReadonlySet<string>): void {
    const gone = new Set<string>();
    for (const [id, entry] of this.#entries) {
      if (podUids.has(entry.podUid)) continue;
      this.#entries.delete(id);
      gone.add(entry.podUid);
    }
    if (gone.size > 0) this.#rebuild(gone);
  }

  #rebuild(podUids: ReadonlySet<string>): void {
    const containers = new Map<string, Map<string, { name: string; usage: ContainerUsage; points: readonly UsagePoint[] }>>();
    for (const [id, { podUid, name, state }] of this.#entries) {
      if (!podUids.has(podUid)) continue;
      const pod = containers.get(podUid) ?? new Map();
      pod.set(id, { name, usage: usageOf(state), points: state.points });
      containers.set(podUid, pod);
    }
    const next = new Map(this.#pods);
    for (const podUid of podUids) {
      const pod = containers.get(podUid);
      if (pod === undefined) next.delete(podUid);
      else next.set(podUid, { podUid, containers: pod });
    }
    this.#pods = next;
    this.#revision += 1;
  }
}
