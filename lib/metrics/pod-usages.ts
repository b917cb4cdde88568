import { PersistentMap } from "../base/persistent-map.ts";
import { addNested, addSample, keepPoints, MAX_POINTS, usageOf, type UsageState } from "./accumulate-usage.ts";
import type { ContainerUsage, PodUsage, UsagePoint, UsePage, WantedContainer } from "./schema.ts";

/** Points of all containers together: 240 each for 1,000 of them, 24 for 10,000. One takes about 130 bytes. */
const ALL_POINTS = 240_000;
/** Steps of a minute or so for a job of some minutes: a chart still shows what rose and fell. */
const LEAST_POINTS = 16;

interface Entry {
  readonly podUid: string;
  readonly name: string;
  state: UsageState;
}

/** The usage of the containers of the pods somebody asks for, by pod uid. Joined by container id; a row whose id is not known is not guessed at. */
export class PodUsages {
  /** By container id. */
  readonly #entries = new Map<string, Entry>();
  /** The same, pod by pod: a page of one node touches a few dozen of thousands. */
  readonly #byPod = new Map<string, Map<string, Entry>>();
  #pods = PersistentMap.from<PodUsage>();
  #revision = 0;

  /** Grows with every page that changed something. */
  get revision(): number {
    return this.#revision;
  }

  /** The same map until something changes; pods that did not change keep their object. */
  snapshot(): ReadonlyMap<string, PodUsage> {
    return this.#pods;
  }

  /** Takes one page. `wanted`: from the pods' statuses. */
  add(page: Pick<UsePage, "containers" | "nested">, wanted: ReadonlyMap<string, Pick<WantedContainer, "podUid" | "name">>): void {
    const touched = new Set<string>();
    for (const sample of page.containers) {
      const target = sample.containerId === null ? undefined : wanted.get(sample.containerId);
      if (target === undefined || sample.containerId === null) continue;
      const entry = this.#entries.get(sample.containerId);
      const added = addSample(entry?.state ?? null, sample);
      if (added === entry?.state) continue;
      const state = keepPoints(added, this.#mostPoints());
      this.#keep(sample.containerId, { podUid: target.podUid, name: target.name, state });
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
    for (const [podUid, containers] of this.#byPod) {
      if (podUids.has(podUid)) continue;
      for (const id of containers.keys()) this.#entries.delete(id);
      this.#byPod.delete(podUid);
      gone.add(podUid);
    }
    if (gone.size > 0) this.#rebuild(gone);
  }

  /** The more containers, the fewer points each: their number is bounded, and with it the memory, however long jobs run. */
  #mostPoints(): number {
    return Math.min(MAX_POINTS, Math.max(LEAST_POINTS, Math.floor(ALL_POINTS / Math.max(1, this.#entries.size))));
  }

  #keep(id: string, entry: Entry): void {
    const moved = this.#entries.get(id)?.podUid;
    if (moved !== undefined && moved !== entry.podUid) this.#byPod.get(moved)?.delete(id);
    this.#entries.set(id, entry);
    const pod = this.#byPod.get(entry.podUid);
    if (pod === undefined) this.#byPod.set(entry.podUid, new Map([[id, entry]]));
    else pod.set(id, entry);
  }

  #rebuild(podUids: ReadonlySet<string>): void {
    const set: [string, PodUsage][] = [];
    const remove: string[] = [];
    for (const podUid of podUids) {
      const entries = this.#byPod.get(podUid);
      if (entries === undefined || entries.size === 0) remove.push(podUid);
      else set.push([podUid, { podUid, containers: new Map([...entries].map(([id, entry]) => [id, new HeldUse(entry)])) }]);
    }
    this.#pods = this.#pods.patch(set, remove);
    this.#revision += 1;
  }
}

/** One container's use. The figures are worked out when somebody asks: kept, they would be as much again as the samples they come from. */
class HeldUse {
  readonly name: string;
  readonly #state: UsageState;

  constructor({ name, state }: Entry) {
    this.name = name;
    this.#state = state;
  }

  get usage(): ContainerUsage {
    return usageOf(this.#state);
  }

  get points(): readonly UsagePoint[] {
    return this.#state.points;
  }
}
