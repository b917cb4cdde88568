import { randomBytes, randomUUID } from "node:crypto";
import type { Fleet } from "../model/fleet.ts";
import type { GitlabJob } from "../model/gitlab.ts";
import { pipelineStatus } from "./gitlab-entities.ts";
import { jobPayload, pipelinePayload } from "./hook-payload.ts";

/** GitLab waits so long for the answer to a webhook. */
const TIMEOUT_MS = 10_000;
/** After so many failures in a row a webhook is disabled for a minute, then for twice as long each time (GitLab docs: auto-disabled webhooks). */
const FAILURES = 4;
const DISABLED_MS = 60_000;
const MAX_DISABLED_MS = 24 * 3_600_000;
/** How many are on their way at once; more wait, and beyond this the oldest are lost, as in a queue that is cut off. */
const IN_FLIGHT = 8;
const WAITING = 2_000;

interface Event {
  kind: "Job Hook" | "Pipeline Hook";
  body: string;
}

/** Sends GitLab's job and pipeline events to one address, as a webhook of a group would. */
export class GitlabHooks {
  /** What goes with each event as `X-Gitlab-Token`. */
  readonly secret = randomBytes(24).toString("base64url");
  readonly #fleet: Fleet;
  readonly #address: string;
  readonly #statuses = new Map<number, string>();
  readonly #waiting: Event[] = [];
  readonly #stop = new AbortController();
  #inFlight = 0;
  #failures = 0;
  #disabledUntil = 0;
  #delivered = 0;

  constructor(fleet: Fleet, address: string) {
    this.#fleet = fleet;
    this.#address = address;
    fleet.gitlab.listeners.add((job) => this.#happened(job));
  }

  /** How many were answered with success. */
  get delivered(): number {
    return this.#delivered;
  }

  /** In words, for the control page. */
  get state(): string {
    if (this.#disabledUntil > Date.now()) return `disabled until ${new Date(this.#disabledUntil).toISOString().slice(11, 19)} UTC`;
    return `${this.#delivered} delivered`;
  }

  close(): void {
    this.#stop.abort();
    this.#waiting.length = 0;
  }

  #happened(job: GitlabJob): void {
    this.#queue({ kind: "Job Hook", body: JSON.stringify(jobPayload(job, this.#fleet)) });
    const status = pipelineStatus(job, this.#fleet);
    if (this.#statuses.get(job.pipelineId) === status) return;
    if (status === "running" || status === "pending") this.#statuses.set(job.pipelineId, status);
    else this.#statuses.delete(job.pipelineId);
    this.#queue({ kind: "Pipeline Hook", body: JSON.stringify(pipelinePayload(job, this.#fleet)) });
  }

  #queue(event: Event): void {
    if (this.#stop.signal.aborted || Date.now() < this.#disabledUntil) return;
    this.#waiting.push(event);
    if (this.#waiting.length > WAITING) this.#waiting.shift();
    this.#next();
  }

  #next(): void {
    while (this.#inFlight < IN_FLIGHT) {
      const event = this.#waiting.shift();
      if (!event) return;
      this.#inFlight += 1;
      void this.#send(event).then((delivered) => {
        this.#inFlight -= 1;
        this.#count(delivered);
        this.#next();
      });
    }
  }

  async #send({ kind, body }: Event): Promise<boolean> {
    try {
      const response = await fetch(this.#address, {
        method: "POST",
        body,
        redirect: "manual",
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]),
        headers: {
          "content-type": "application/json",
          "user-agent": `GitLab/${this.#fleet.clusters[0]?.spec.gitlabVersion ?? "18.3.0"}`,
          "idempotency-key": randomUUID(),
          "x-gitlab-event": kind,
          "x-gitlab-webhook-uuid": randomUUID(),
          "x-gitlab-instance": this.#fleet.clusters[0]?.spec.gitlabUrl ?? "",
          "x-gitlab-event-uuid": randomUUID(),
          "x-gitlab-token": this.secret,
        },
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  #count(delivered: boolean): void {
    if (delivered) {
      this.#delivered += 1;
      this.#failures = 0;
      return;
    }
    // Nobody sets up a webhook before its receiver is there: until it has answered once, failures do not count.
    if (this.#delivered === 0) return;
    this.#failures += 1;
    if (this.#failures < FAILURES || this.#disabledUntil > Date.now()) return;
    this.#disabledUntil = Date.now() + Math.min(MAX_DISABLED_MS, DISABLED_MS * 2 ** (this.#failures - FAILURES));
    this.#waiting.length = 0;
  }
}
