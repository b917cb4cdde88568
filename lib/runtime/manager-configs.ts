import type { Clock } from "../base/clock.ts";
import type { RbacRule } from "../base/source-state.ts";
import { isManagerPod } from "../fleet/find-managers.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import { mergeConfigs, readConfig } from "../manager/read-config.ts";
import type { ManagerConfig, ManagerConfigReading } from "../manager/schema.ts";

/** What is needed of the API server; OptionalObjects is one, tests give their own. Rejects with an error that has the answer's `status`. */
export interface ConfigMapSource {
  configMap(namespace: string, name: string, keys: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

/** Keys of the Helm chart: the globals, and the template of the `[[runners]]`. No Secret is ever read. */
const KEYS = ["config.toml", "config.template.toml"];
/** A configuration changes with a rollout, which makes new pods and is read at once; this is for what is changed in place, and for a right that is granted. */
const EVERY_MS = 60_000;
/** A manager mounts one or two. */
const MOST = 4;

interface Read {
  state: ManagerConfigReading["state"];
  rule: RbacRule | null;
  config: ManagerConfig | null;
  at: string | null;
}
const UNREAD: Read = { state: "unread", rule: null, config: null, at: null };

export type ManagerConfigFacts = ReadonlyMap<string, ManagerConfigReading>;
export const NO_CONFIGS: ManagerConfigFacts = new Map();

/** Reads the ConfigMaps that managers' pods mount. Optional: without the right it says which one is missing, and nothing else depends on it. */
export class ManagerConfigs {
  readonly #source: ConfigMapSource;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  readonly #reads = new Map<string, Read>();
  readonly #listeners = new Set<() => void>();
  #pods: ReadonlyMap<string, PodRecord> | null = null;
  /** ConfigMaps by manager pod's uid. */
  #wanted: ReadonlyMap<string, readonly string[]> = new Map();
  #facts: ManagerConfigFacts = NO_CONFIGS;
  #cancel = (): void => {};
  #reading = false;

  constructor(source: ConfigMapSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** By the manager pod's uid; a reading is the same object until it changes. */
  facts(): ManagerConfigFacts {
    return this.#facts;
  }

  /** Looks which managers there are; the ConfigMaps of a new one are read at once. */
  follow(pods: ReadonlyMap<string, PodRecord>): void {
    if (pods === this.#pods || this.#ended.signal.aborted) return;
    this.#pods = pods;
    const wanted = new Map([...pods.values()].filter(isManagerPod).map((pod) => [pod.uid, configMapsOf(pod)] as const));
    const changed = wanted.size !== this.#wanted.size || [...wanted.keys()].some((uid) => !this.#wanted.has(uid));
    const fresh = [...wanted].some(([uid, names]) => names.length > 0 && !this.#wanted.has(uid));
    this.#wanted = wanted;
    if (changed) this.#publish();
    if (fresh) this.#next(0);
  }

  stop(): void {
    this.#ended.abort();
    this.#cancel();
    this.#listeners.clear();
  }

  #next(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#clock.after(delayMs, () => void this.#readAll());
  }

  async #readAll(): Promise<void> {
    if (this.#reading) return this.#next(1_000);
    this.#reading = true;
    const names = new Set([...this.#wanted.values()].flat());
    for (const name of this.#reads.keys()) if (!names.has(name)) this.#reads.delete(name);
    for (const name of names) {
      const read = await this.#read(name);
      if (this.#ended.signal.aborted) return;
      this.#reads.set(name, read);
    }
    this.#reading = false;
    if (this.#publish()) for (const listener of this.#listeners) listener();
    if (this.#wanted.size > 0) this.#next(EVERY_MS);
  }

  async #read(key: string): Promise<Read> {
    const [namespace = "", name = ""] = key.split("/");
    const before = this.#reads.get(key) ?? UNREAD;
    try {
      const texts = await this.#source.configMap(namespace, name, KEYS, this.#ended.signal);
      const configs = KEYS.flatMap((file) => {
        const text = texts.get(file);
        return text === undefined ? [] : [readConfig(text)];
      });
      const [first, ...others] = configs;
      const at = new Date(this.#clock.now()).toISOString();
      if (first === undefined) return { state: "absent", rule: null, config: null, at };
      const config = others.reduce(mergeConfigs, first);
      const same = JSON.stringify(config) === JSON.stringify(before.config);
      return same && before.state === "read" ? before : { state: "read", rule: null, config, at };
    } catch (error) {
      const status = error instanceof Error && "status" in error ? error.status : null;
      if (status === 403)
        return { ...UNREAD, state: "forbidden", rule: { apiGroup: "", resource: "configmaps", verbs: ["get"], namespace } };
      return status === 404 ? { ...UNREAD, state: "absent" } : before;
    }
  }

  /** Whether anything is other than it was. */
  #publish(): boolean {
    const next = new Map<string, ManagerConfigReading>();
    for (const [uid, names] of this.#wanted) {
      const reading = this.#readingOf(names);
      const before = this.#facts.get(uid);
      next.set(uid, before !== undefined && JSON.stringify(before) === JSON.stringify(reading) ? before : reading);
    }
    const same = next.size === this.#facts.size && [...next].every(([uid, reading]) => this.#facts.get(uid) === reading);
    if (!same) this.#facts = next;
    return !same;
  }

  /** The one that holds a configuration; else what is most worth to know of the others. */
  #readingOf(names: readonly string[]): ManagerConfigReading {
    if (names.length === 0) return { configMaps: [], ...UNREAD, state: "absent" };
    const reads = names.map((name) => ({ name, read: this.#reads.get(name) ?? UNREAD }));
    const held = reads.filter(({ read }) => read.config !== null);
    const [first, ...others] = held;
    if (first !== undefined) {
      const config = others.reduce<ManagerConfig | null>(
        (sum, { read }) => (sum === null || read.config === null ? sum : mergeConfigs(sum, read.config)),
        first.read.config,
      );
      return { configMaps: held.map(({ name }) => name), ...first.read, config };
    }
    const rank = (state: Read["state"]) => ["forbidden", "unread", "absent"].indexOf(state);
    const [worst] = reads.toSorted((a, b) => rank(a.read.state) - rank(b.read.state));
    return { configMaps: [...names], ...(worst?.read ?? UNREAD) };
  }
}

function configMapsOf({ namespace, configMaps }: PodRecord): string[] {
  return configMaps.slice(0, MOST).map((name) => `${namespace}/${name}`);
}
