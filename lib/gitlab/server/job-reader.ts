import "server-only";
import { INSTANCE, type JobBook } from "../job-book.ts";
import { jobsQuery, objectAt, pendingQuery, readGraphqlPage } from "../graphql-query.ts";
import { projectOf, type JobDemand, type JobRequest } from "../plan-requests.ts";
import { readGraphqlJob, readRestJob, type JobContext } from "../read-job.ts";
import type { JobRecord } from "../schema.ts";
import type { BlindSpots } from "./blind-spots.ts";
import type { GitlabClient } from "./client.ts";
import type { GraphqlReader } from "./graphql-reader.ts";
import { GitlabError } from "./gitlab-error.ts";

/** 500 jobs that run or wait in one project; beyond that the rest is read one by one. */
const LIST_PAGES = 5;
/** 2,000 waiting jobs of the instance. */
const PENDING_PAGES = 20;

export interface ReaderContext {
  client: GitlabClient;
  graphql: GraphqlReader;
  blind: BlindSpots;
  now: () => number;
}

/** Carries out what the plan asks for and writes it into the book. Throws GitlabError for what concerns the whole connection. */
export class JobReader {
  readonly #context: ReaderContext;
  readonly #book: JobBook;

  constructor(context: ReaderContext, book: JobBook) {
    this.#context = context;
    this.#book = book;
  }

  async read(request: JobRequest): Promise<void> {
    if (request.kind === "list") return this.list(request.project);
    return request.kind === "batch" ? this.#batch(request.jobs) : this.#single(request.job);
  }

  /** What runs or waits in one project, newest first. */
  async list(project: string): Promise<void> {
    const { client, blind, now } = this.#context;
    const records: JobRecord[] = [];
    try {
      const path = `projects/${encodeURIComponent(project)}/jobs`;
      let query: Record<string, string | readonly string[]> | null = { "scope[]": ["pending", "running"], per_page: "100" };
      for (let page = 0; query !== null && page < LIST_PAGES; page++) {
        const { body, next } = await client.get(path, query);
        if (!Array.isArray(body)) throw new GitlabError("protocol", "the list of jobs is not a list");
        for (const raw of body) records.push(...one(readRestJob(raw, this.#about(project))));
        query =
          next === null
            ? null
            : { "scope[]": ["pending", "running"], per_page: "100", ...only(next, ["page", "cursor", "id_after", "pagination"]) };
      }
      if (query === null) blind.clear("jobs", project);
      else blind.add("jobs", project, "cut");
    } catch (error) {
      // What was read before the budget ended is still worth keeping.
      this.#book.take(records);
      const refused = blind.note("jobs", project, error);
      this.#book.listFailed(project, now(), refused);
      if (refused) return;
      throw error;
    }
    this.#book.listed(project, records, now());
  }

  /** All waiting jobs of the instance; only for an administrator's token, for any other GitLab answers with an empty list. */
  async pendingOfInstance(): Promise<void> {
    const { graphql, client, blind, now } = this.#context;
    const context: JobContext = { projectId: null, projectPath: null, baseUrl: client.baseUrl, readAtMs: now() };
    const records: JobRecord[] = [];
    let after: string | null = null;
    for (let page = 0; page < PENDING_PAGES; page++) {
      const cursor: string | null = after;
      const body = await graphql.ask((missing) => pendingQuery(graphql.page, cursor, missing));
      if (body === null) return;
      const read = readGraphqlPage(body, "jobs");
      if (read === null) return blind.add("pending-jobs", null, "not-admin");
      for (const raw of read.nodes) records.push(...one(readGraphqlJob(raw, context)));
      after = read.endCursor;
      if (after === null) break;
    }
    if (after === null) blind.clear("pending-jobs", null);
    else blind.add("pending-jobs", null, "cut");
    this.#book.listed(INSTANCE, records, now());
  }

  async #batch(jobs: readonly JobDemand[]): Promise<void> {
    const { graphql, now } = this.#context;
    const byPath = Map.groupBy(jobs, ({ projectPath }) => projectPath ?? "");
    const projects = [...byPath].map(([path, demands]) => ({ path, jobIds: demands.map(({ jobId }) => jobId) }));
    const body = await graphql.ask((missing) => jobsQuery(projects, missing));
    if (body === null) return;
    this.#book.asked(jobs, now());
    const data = objectAt(body, "data");
    const found: JobRecord[] = [];
    projects.forEach(({ path }, p) => {
      const project = objectAt(data, `p${p}`);
      for (const demand of byPath.get(path) ?? []) {
        const record = readGraphqlJob(project?.[`j${demand.jobId}`], { ...this.#about(path), projectId: null });
        const right = record?.id === demand.jobId && (demand.projectId === null || record.projectId === demand.projectId);
        if (record !== null && right) found.push(record);
        // The path may be an old or a forged one, or the job not visible: REST by id says which.
        else this.#book.notInGraphql(demand);
      }
    });
    this.#book.take(found);
  }

  async #single(job: JobDemand): Promise<void> {
    const { client, blind, now } = this.#context;
    const project = projectOf(job) ?? "";
    this.#book.asked([job], now());
    try {
      const { body } = await client.get(`projects/${encodeURIComponent(project)}/jobs/${job.jobId}`);
      const record = readRestJob(body, { ...this.#about(project), projectPath: job.projectPath });
      if (record === null) throw new GitlabError("protocol", "the job cannot be read");
      blind.clear("jobs", project);
      this.#book.take([record]);
    } catch (error) {
      if (!blind.note("jobs", project, error)) throw error;
      this.#book.missed(job, now());
    }
  }

  #about(project: string): JobContext {
    const byId = /^\d+$/.test(project);
    const { client, now } = this.#context;
    return { projectId: byId ? project : null, projectPath: byId ? null : project, baseUrl: client.baseUrl, readAtMs: now() };
  }
}

function one(record: JobRecord | null): JobRecord[] {
  return record === null ? [] : [record];
}

/** GitLab's own next page may carry `scope[]` twice over; only what turns the page is taken from it. */
function only(query: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([key]) => keys.includes(key)));
}
