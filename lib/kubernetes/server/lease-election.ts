import "server-only";
import type { Clock } from "../../base/clock.ts";
import { fields } from "../read-field.ts";
import { LEASE_SECONDS, leasePath, readLease, type LeaseName, type LeaseRecord } from "../read-lease.ts";
import { ApiError } from "./api-error.ts";
import type { Ask } from "./api-request.ts";
import { RequestMeter } from "./request-meter.ts";

/** client-go leaderelection: RenewDeadline and RetryPeriod of kube-controller-manager; the wait between two tries is up to 1.2 times longer (JitterFactor). */
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;
const JITTER = 1.2;
/** One request of an election that takes longer has failed. */
const REQUEST_MS = 5_000;

/** What an election needs of an API server; ApiRequest has it. */
export interface LeaseApi {
  get(path: string, ask: Ask): Promise<unknown>;
  /** Replaces one Lease, and nothing else. Rejects with status 409 when it is no longer the version that was read. */
  replaceLease(lease: LeaseName, body: unknown, ask: Ask): Promise<unknown>;
}

export interface LeaseElectionOptions {
  api: LeaseApi;
  lease: LeaseName;
  /** Who stands for election. */
  identity: string;
  clock: Clock;
  random: () => number;
  close?: () => Promise<void>;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/**
 * Stands for election by a Lease, as client-go's leaderelection does: a lease of another counts as held until its record has stood still for its duration by our
 * own clock, so clocks need not agree. The Lease must exist: a right to make one cannot be limited to its name, a right to update one can.
 */
export class LeaseElection {
  /** As it stands in the Lease. */
  readonly identity: string;
  readonly #options: LeaseElectionOptions;
  readonly #meter: RequestMeter;
  readonly #abort = new AbortController();
  #seen: { raw: unknown; record: LeaseRecord; at: number } | null = null;
  /** When the last renewal that was taken was sent, by the monotonic clock. */
  #renewedAt = Number.NEGATIVE_INFINITY;
  #problem: string | null = null;
  #cancel: () => void = () => {};
  #turn: Promise<void> = Promise.resolve();

  constructor(options: LeaseElectionOptions) {
    this.identity = options.identity;
    this.#options = options;
    this.#meter = new RequestMeter(options.clock);
  }

  /** Whether this process holds the lease now, however long its timers have slept. */
  get elected(): boolean {
    return this.#options.clock.monotonic() - this.#renewedAt < RENEW_DEADLINE_MS;
  }

  /** Why nobody is known to be elected; null: somebody is, or may be in a moment. */
  get problem(): string | null {
    return this.#problem;
  }

  start(): void {
    const loop = () => {
      if (this.#abort.signal.aborted) return;
      this.#turn = this.#try().finally(() => {
        const { clock, random } = this.#options;
        if (!this.#abort.signal.aborted) this.#cancel = clock.after(RETRY_MS * (1 + JITTER * random() * Number(!this.elected)), loop);
      });
    };
    loop();
  }

  /** Lets go of the lease, so that another may take it at once. */
  async stop(): Promise<void> {
    this.#cancel();
    const held = this.elected ? this.#seen : null;
    this.#renewedAt = Number.NEGATIVE_INFINITY;
    this.#abort.abort();
    await this.#turn;
    if (held !== null) await this.#replace(held, "", AbortSignal.timeout(REQUEST_MS)).catch(() => {});
    await this.#options.close?.();
  }

  async #try(): Promise<void> {
    const { clock, lease, log, identity } = this.#options;
    const was = this.elected;
    const at = clock.monotonic();
    try {
      if (await this.#acquire(at)) this.#renewedAt = at;
      this.#problem = null;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      // Another was quicker: what it wrote is read at the next turn.
      if (error instanceof ApiError && error.status === 409) return;
      const problem = describe(error, lease);
      if (this.#problem === null) log.warn({ lease }, problem);
      this.#problem = problem;
    }
    if (this.elected !== was) log.info({ lease, identity }, was ? "history: another dashboard writes" : "history: elected to write");
  }

  /** true: held, by a request that was sent at `now` or later. */
  async #acquire(now: number): Promise<boolean> {
    const { api, lease, identity } = this.#options;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(REQUEST_MS)]);
    const raw = await api.get(leasePath(lease), { signal, meter: this.#meter });
    const record = readLease(raw);
    if (record === null) throw new ApiError("protocol", "the answer is no Lease");
    if (this.#seen?.record.renewTime !== record.renewTime || this.#seen.record.holder !== record.holder)
      this.#seen = { raw, record, at: now };
    if (record.holder !== null && record.holder !== identity && now - this.#seen.at < record.durationSeconds * 1_000) {
      this.#renewedAt = Number.NEGATIVE_INFINITY;
      return false;
    }
    const answer = await this.#replace({ raw, record }, identity, signal);
    const written = readLease(answer);
    if (written !== null) this.#seen = { raw: answer, record: written, at: now };
    return true;
  }

  /** With all that others have written on it, and the version that was read. */
  #replace({ raw, record }: { raw: unknown; record: LeaseRecord }, holder: string, signal: AbortSignal): Promise<unknown> {
    const { api, lease, clock } = this.#options;
    const now = new Date(clock.now()).toISOString().replace("Z", "000Z");
    const moved = record.holder !== holder;
    const spec = {
      holderIdentity: holder,
      leaseDurationSeconds: holder === "" ? 1 : LEASE_SECONDS,
      acquireTime: moved ? now : record.acquireTime || now,
      renewTime: now,
      leaseTransitions: record.transitions + Number(moved && holder !== ""),
    };
    const body = { ...fields(raw), spec: { ...fields(fields(raw)["spec"]), ...spec } };
    return api.replaceLease(lease, body, { signal, meter: this.#meter });
  }
}

function describe(error: unknown, { namespace, name }: LeaseName): string {
  const text = error instanceof Error ? error.message : "no answer";
  const status = error instanceof ApiError ? error.status : null;
  const remedy =
    status === 404
      ? " It is not there; apply deploy/kubernetes/lease.yaml."
      : status === 403
        ? ` Allow get and update on leases, resourceNames ["${name}"], in namespace ${namespace}: deploy/kubernetes/lease.yaml.`
        : "";
  return `RUNNERSCOPE_LEASE: the Lease ${namespace}/${name} cannot be taken: ${text}.${remedy}`.slice(0, 500);
}
