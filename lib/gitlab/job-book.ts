import { Store } from "../base/store.ts";
import { groupPending } from "./group-pending.ts";
import { isFinal, mergeJob } from "./merge-job.ts";
import { planJobRequest, projectOf, type JobDemand, type JobPlan, type WantedJob } from "./plan-requests.ts";
import type { JobRecord, PendingView } from "./schema.ts";

/** The whole instance, where an administrator's token reads. */
export const INSTANCE = "*";
/** A list of pending jobs older than this is not shown as the queue of now. */
const PENDING_MAX_AGE_MS = 180_000;
/** What cannot be read is tried again after this. */
const MISSED_MS = 300_000;
const MAX_PENDING = 20_000;
const MAX_PROJECTS = 10_000;

interface PendingList {
  atMs: number;
  jobs: Map<string, JobRecord>;
}

/** What is known of jobs, who wants to know more, and which jobs wait. No clock and no network of its own. */
export class JobBook {
  readonly #store = new Store<JobRecord>();
  readonly #demands = new Map<string, JobDemand>();
  readonly #pending = new Map<string, PendingList>();
  readonly #listedAtMs = new Map<string, number>();
  readonly #hookedAtMs = new Map<string, number>();

  /** By job id; the same map while nothing changes. */
  jobs(): ReadonlyMap<string, JobRecord> {
    return this.#store.snapshot();
  }

  /** Exactly these jobs are asked about from now on; what is known of others is forgotten. */
  want(jobs: readonly WantedJob[]): void {
    const named = new Set<string>();
    for (const job of jobs) {
      if (!/^\d{1,19}$/.test(job.jobId) || projectOf(job) === null) continue;
      named.add(job.jobId);
      const known = this.#demands.get(job.jobId);
      if (known !== undefined && known.projectId === job.projectId && known.projectPath === job.projectPath) continue;
      this.#demands.set(job.jobId, { ...job, record: null, askedAtMs: null, askedFinal: false, restOnly: false, notBeforeMs: 0 });
    }
    const gone = [...this.#demands.keys()].filter((id) => !named.has(id));
    for (const id of gone) this.#demands.delete(id);
    if (this.#listedAtMs.size + this.#hookedAtMs.size > MAX_PROJECTS) this.#forgetProjects();
    this.#store.remove(gone);
  }

  /** Projects of wanted jobs that are not over. */
  projects(): Set<string> {
    const projects = new Set<string>();
    for (const demand of this.#demands.values()) {
      const project = projectOf(demand);
      if (project !== null && !(demand.record !== null && isFinal(demand.record))) projects.add(project);
    }
    return projects;
  }

  #forgetProjects(): void {
    const projects = this.projects();
    for (const times of [this.#listedAtMs, this.#hookedAtMs]) {
      for (const project of times.keys()) if (!projects.has(project)) times.delete(project);
    }
  }

  plan(nowMs: number, batch: number): JobPlan {
    const [demands, listedAtMs, hookedAtMs] = [this.#demands.values(), this.#listedAtMs, this.#hookedAtMs];
    return planJobRequest({ nowMs, demands, listedAtMs, hookedAtMs, batch });
  }

  listedAt(project: string): number | null {
    return this.#listedAtMs.get(project) ?? null;
  }

  /** Readings of jobs, of whatever source. A job of another project than its pod says is not that pod's job. */
  take(records: readonly JobRecord[]): void {
    const entries: [string, JobRecord][] = [];
    for (const record of records) {
      if (record.status !== "pending") for (const list of this.#pending.values()) list.jobs.delete(record.id);
      const demand = this.#demands.get(record.id);
      if (demand === undefined || (demand.projectId !== null && record.projectId !== null && demand.projectId !== record.projectId))
        continue;
      demand.record = mergeJob(demand.record ?? undefined, record);
      if (record.readFrom === "rest" && isFinal(demand.record)) demand.askedFinal = true;
      entries.push([record.id, demand.record]);
    }
    this.#store.upsert(entries);
  }

  asked(jobs: readonly JobDemand[], nowMs: number): void {
    for (const job of jobs) job.askedAtMs = nowMs;
  }

  /** GraphQL does not find it: REST is asked, at once. */
  notInGraphql(job: JobDemand): void {
    job.restOnly = true;
    job.askedAtMs = null;
  }

  missed(job: JobDemand, nowMs: number): void {
    job.notBeforeMs = nowMs + MISSED_MS;
  }

  /** Everything that runs or waits in a project (or, of INSTANCE, everything that waits), as just read. */
  listed(project: string, records: readonly JobRecord[], nowMs: number): void {
    if (project !== INSTANCE) this.#listedAtMs.set(project, nowMs);
    const waiting = records.filter(({ status }) => status === "pending").slice(0, MAX_PENDING);
    this.take(records);
    const before = this.#pending.get(project)?.jobs;
    const jobs = new Map(waiting.map((record) => [record.id, mergeJob(before?.get(record.id), record)]));
    this.#pending.set(project, { atMs: nowMs, jobs });
    for (const [name, { atMs }] of this.#pending) if (nowMs - atMs > PENDING_MAX_AGE_MS) this.#pending.delete(name);
  }

  /** The list of a project could not be had: not at once again, and for long not where it was refused. */
  listFailed(project: string, nowMs: number, refused: boolean): void {
    this.#listedAtMs.set(project, refused ? nowMs + MISSED_MS : nowMs);
  }

  /** A webhook's jobs. A job that begins to wait is taken into the lists that it belongs to. */
  hooked(records: readonly JobRecord[], nowMs: number): void {
    for (const record of records) {
      for (const project of [record.projectId, record.projectPath]) if (project !== null) this.#hookedAtMs.set(project, nowMs);
      if (record.status !== "pending") continue;
      for (const name of [INSTANCE, record.projectId, record.projectPath]) {
        const list = name === null ? undefined : this.#pending.get(name);
        if (list !== undefined && list.jobs.size < MAX_PENDING) list.jobs.set(record.id, mergeJob(list.jobs.get(record.id), record));
      }
    }
    this.take(records);
  }

  /** Jobs that wait, of as much of the instance as could be read lately. */
  pending(nowMs: number): PendingView {
    const fresh = [...this.#pending].filter(([, { atMs }]) => nowMs - atMs <= PENDING_MAX_AGE_MS);
    const whole = fresh.find(([name]) => name === INSTANCE);
    const lists = whole === undefined ? fresh : [whole];
    if (lists.length === 0) return { scope: "none", projects: [], at: null, groups: [] };
    const jobs = new Map(lists.flatMap(([, list]) => [...list.jobs]));
    return {
      scope: whole === undefined ? "projects" : "instance",
      projects: whole === undefined ? lists.map(([name]) => name).toSorted() : [],
      at: new Date(Math.min(...lists.map(([, { atMs }]) => atMs))).toISOString(),
      groups: groupPending(jobs.values()),
    };
  }
}
