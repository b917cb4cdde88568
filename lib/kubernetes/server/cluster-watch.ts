import "server-only";
import { isoNow, type Clock } from "../../base/clock.ts";
import { JoinedStores } from "../../base/join-stores.ts";
import { Backoff, pause } from "../../base/retry.ts";
import type { ReadableStore } from "../../base/store.ts";
import type { SourceReport } from "../../base/source-state.ts";
import { watchedResources, type AccessAttributes, type Rights, type WatchedResource } from "../rights.ts";
import type { ClusterRecord, EventRecord, NodeRecord, PodRecord, WorkloadRecord } from "../schema.ts";
import { ApiAgent } from "./api-agent.ts";
import { ApiLiveness, type LivenessTimes } from "./api-liveness.ts";
import { ApiRequest, type Api } from "./api-request.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { planParts, type WatchPlan } from "./plan-parts.ts";
import type { ReflectorTimes, WatchLog } from "./reflector-options.ts";
import { fields, name } from "../read-field.ts";
import { reviewWith } from "./review-access.ts";
import { probeRights } from "./rights.ts";
import { idleReport } from "./source-status.ts";
import { isUnanswered, WatchSet, type WatchContext } from "./watch-set.ts";
import { deploymentKind, eventKind, nodeKind, podKindNaming, replicaSetKind, sourceOf } from "./watched-resources.ts";

/** Rights and version are asked for again this often (kubernetes-signals, RBAC), give or take a tenth. */
const PROBE_MS = 600_000;
/** While a right is missing or the server did not answer. */
const PROBE_BACKOFF = { baseMs: 10_000, maxMs: PROBE_MS, minMs: 2_000 };
/** However many watches are refused at once, the rights are not asked for more often. */
const PROBE_GAP_MS = 10_000;

export interface ClusterWatchOptions {
  access: ClusterAccess;
  /** Only these are watched; null: all, or the context's where the rights allow no more. */
  namespaces: readonly string[] | null;
  /** `<namespace>/<name>` of pods and of what makes them: they are runner managers whatever they look like. */
  managers?: readonly string[];
  clock: Clock;
  log: WatchLog;
  random?: () => number;
  times?: ReflectorTimes & { probeMs?: number; probeGapMs?: number; liveness?: LivenessTimes };
}

type GoneListener = (pod: PodRecord, how: "watched" | "missed", at: string, after: string | null) => void;

/**
 * Everything that is watched of one cluster: asks for the rights, runs the reflectors that they allow, and asks again, for as long as it runs.
 * Pods, events, nodes and workloads by uid. Nothing here throws for what a server does: `reports()` tells it.
 */
export class ClusterWatch {
  readonly events: ReadableStore<EventRecord>;
  readonly nodes: ReadableStore<NodeRecord>;
  readonly pods: ReadableStore<PodRecord>;
  readonly workloads: ReadableStore<WorkloadRecord>;
  readonly #options: ClusterWatchOptions;
  readonly #agent: ApiAgent;
  readonly #api: Api;
  readonly #liveness: ApiLiveness;
  readonly #sets: ReturnType<typeof createSets>;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #goneListeners = new Set<GoneListener>();
  readonly #backoff: Backoff;
  readonly #since: string;
  #record: ClusterRecord;
  #plan: WatchPlan | null = null;
  /** Some review was not answered at the last probe. */
  #unanswered = false;
  #live = false;
  #wake: AbortController | null = null;
  #done: Promise<void> | null = null;

  constructor(options: ClusterWatchOptions) {
    const { access, clock, log, namespaces, times } = options;
    const random = options.random ?? Math.random;
    this.#options = options;
    this.#agent = new ApiAgent(access);
    this.#liveness = this.#watchOver(new ApiRequest(access, this.#agent, clock));
    this.#api = this.#liveness.api;
    this.#backoff = new Backoff({ ...PROBE_BACKOFF, random });
    this.#since = isoNow(clock);
    const { key, name: title } = access;
    this.#record = { key, name: title, namespaces: namespaces && [...namespaces], scope: "probing", serverVersion: null };
    const context: WatchContext = {
      api: this.#api,
      clock,
      log,
      random,
      cluster: key,
      ...(times === undefined ? {} : { times }),
      onChange: () => this.#onChange(),
      onForbidden: () => this.#wake?.abort(),
    };
    this.#sets = createSets(context, new Set(options.managers), (pod, how, at, after) => {
      for (const listener of this.#goneListeners) listener(pod, how, at, after);
    });
    const { pods, events, nodes, deployments, replicasets } = this.#sets;
    const workloads = new JoinedStores<WorkloadRecord>();
    workloads.join([deployments.joined, replicasets.joined]);
    [this.pods, this.events, this.nodes, this.workloads] = [pods.joined, events.joined, nodes.joined, workloads];
  }

  get record(): ClusterRecord {
    return this.#record;
  }

  start(): void {
    this.#done ??= this.#run();
    this.#liveness.start();
  }

  /** Ends every watch, socket and timer. It cannot be started again. */
  async stop(): Promise<void> {
    this.#listeners.clear();
    this.#goneListeners.clear();
    this.#abort.abort();
    await this.#done;
    await this.#liveness.stop();
    await Promise.all(watchedResources.map((resource) => this.#sets[resource].stop()));
    await this.#agent.close();
  }

  /** One report for each source and, where namespaces are watched, for each of them. */
  reports(): SourceReport[] {
    return watchedResources.flatMap((resource) => {
      const identity = { cluster: this.#record.key, source: sourceOf[resource], part: null };
      if (this.#plan === null) return [idleReport(identity, { state: "connecting", since: this.#since })];
      if (this.#plan.off.includes(resource)) return [idleReport(identity, { state: "off", reason: "not-permitted-scope" })];
      return this.#sets[resource].reports();
    });
  }

  /** Objects, states or the record changed; called for each piece of a stream, so the listener has to coalesce. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A pod is gone. `watched`: with its last state; `missed`: it went while nobody watched. `at`: when that was noticed; `after`: it may have gone since then. */
  onDeleted(listener: GoneListener): () => void {
    this.#goneListeners.add(listener);
    return () => void this.#goneListeners.delete(listener);
  }

  async #run(): Promise<void> {
    const { clock, times } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const from = clock.monotonic();
      await this.#probe();
      if (signal.aborted) return;
      this.#wake = new AbortController();
      await pause(clock, this.#nextProbeMs(), AbortSignal.any([signal, this.#wake.signal]));
      this.#wake = null;
      await pause(clock, Math.max(0, from + (times?.probeGapMs ?? PROBE_GAP_MS) - clock.monotonic()), signal);
    }
  }

  #nextProbeMs(): number {
    const regular = this.#options.times?.probeMs ?? PROBE_MS;
    const { random = Math.random } = this.#options;
    const refused = this.#unanswered || watchedResources.some((resource) => this.#sets[resource].refused);
    if (refused) return Math.min(regular, this.#backoff.next());
    this.#backoff.reset();
    return regular * (0.9 + 0.2 * random());
  }

  async #probe(): Promise<void> {
    const { access, namespaces } = this.#options;
    let unanswered = false;
    const review = reviewWith(this.#api, ({ resource }: AccessAttributes) => this.#ask(resource));
    const [rights, serverVersion] = await Promise.all([
      probeRights({
        review: async (attributes) => {
          const answer = await review(attributes).catch(() => "unknown" as const);
          unanswered ||= answer === "unknown";
          return answer;
        },
        namespaces,
        contextNamespace: access.namespace,
      }),
      this.#readVersion(),
    ]);
    if (this.#abort.signal.aborted) return;
    this.#unanswered = unanswered;
    // Half an answer must not tear down watches that run.
    if (this.#plan === null || !unanswered) await this.#follow(rights);
    const { scope, namespaces: watched } = this.#plan ?? this.#record;
    this.#setRecord({ ...this.#record, scope, namespaces: watched, serverVersion: serverVersion ?? this.#record.serverVersion });
  }

  async #follow(rights: Rights): Promise<void> {
    const plan = planParts(rights, this.#options.namespaces);
    this.#plan = plan;
    this.#agent.reserve(plan.parts.length);
    this.#options.log.info({ cluster: this.#record.key, scope: plan.scope, watches: plan.parts.length }, "rights are known");
    await Promise.all(
      watchedResources.map((resource) =>
        this.#sets[resource].follow(plan.off.includes(resource) ? [] : plan.parts.filter((part) => part.resource === resource)),
      ),
    );
  }

  #watchOver(api: Api): ApiLiveness {
    const { clock, log, times } = this.#options;
    const each = (act: (set: WatchSet<PodRecord> | WatchSet<EventRecord> | WatchSet<NodeRecord> | WatchSet<WorkloadRecord>) => void) => {
      for (const resource of watchedResources) act(this.#sets[resource]);
    };
    return new ApiLiveness({
      api,
      clock,
      meter: () => this.#sets.pods.meter,
      ...(times?.liveness === undefined ? {} : { times: times.liveness }),
      wanted: () => this.reports().some(({ state }) => state.state === "live" || isUnanswered(state)),
      onSilence: (detail) => {
        log.debug({ cluster: this.#record.key }, "the API server does not answer");
        each((set) => set.interrupt(detail));
      },
      onReturn: () => each((set) => set.retryUnanswered()),
    });
  }

  #ask(resource: WatchedResource) {
    return { signal: this.#abort.signal, meter: this.#sets[resource].meter };
  }

  /** null: the server did not say. */
  async #readVersion(): Promise<string | null> {
    try {
      return name(fields(await this.#api.get("/version", this.#ask("pods")))["gitVersion"]);
    } catch {
      return null;
    }
  }

  #setRecord(record: ClusterRecord): void {
    if (JSON.stringify(record) === JSON.stringify(this.#record)) return;
    this.#record = record;
    this.#onChange();
  }

  #onChange(): void {
    const live = this.#sets.pods.reports().some((report) => report.state.state === "live");
    // The server answers again: what it did not say about the rights it may say now.
    if (this.#unanswered && live && !this.#live) this.#wake?.abort();
    this.#live = live;
    for (const listener of this.#listeners) listener();
  }
}

function createSets(context: WatchContext, managers: ReadonlySet<string>, onGone: GoneListener) {
  return {
    pods: new WatchSet(context, "pods", podKindNaming(managers), ({ record, how }, at, after) => onGone(record, how, at, after)),
    events: new WatchSet(context, "events", eventKind),
    nodes: new WatchSet(context, "nodes", nodeKind),
    deployments: new WatchSet(context, "deployments", deploymentKind),
    replicasets: new WatchSet(context, "replicasets", replicaSetKind),
  };
}
