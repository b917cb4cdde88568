import "server-only";
import { Store } from "../../base/store.ts";
import { readGraphqlPage, runnersQuery } from "../graphql-query.ts";
import { readGraphqlRunner, readRestManagers, readRestRunner } from "../read-runner.ts";
import type { RunnerRecord } from "../schema.ts";
import type { ReaderContext } from "./job-reader.ts";
import { GitlabError } from "./gitlab-error.ts";

/** 2,000 runners. */
const MAX_PAGES = 20;
/** Tags and managers of a runner change seldom, and cost two requests each without GraphQL. */
const DETAIL_MS = 300_000;
const MAX_DETAILS = 50;

/** Runners and their managers: for an administrator all of the instance, for others those they may manage. */
export class RunnerReader {
  readonly #context: ReaderContext;
  readonly #store = new Store<RunnerRecord>();
  readonly #detailedAtMs = new Map<string, number>();

  constructor(context: ReaderContext) {
    this.#context = context;
  }

  /** By runner id. */
  runners(): ReadonlyMap<string, RunnerRecord> {
    return this.#store.snapshot();
  }

  /** Throws GitlabError for what concerns the whole connection. */
  async read(admin: boolean): Promise<void> {
    const { graphql, blind } = this.#context;
    if (admin && !graphql.closed) {
      const whole = await this.#graphql();
      if (whole !== null) return;
    }
    if (admin) blind.clear("runners", null);
    else blind.add("runners", null, "not-admin");
    try {
      await this.#rest(admin ? "runners/all" : "runners");
    } catch (error) {
      if (!blind.note("runners", null, error)) throw error;
    }
  }

  /** Details of one runner that REST's list does not carry; false: all are fresh. */
  async readDetail(): Promise<boolean> {
    const { client, blind, now } = this.#context;
    const due = [...this.#store.snapshot().values()]
      .slice(0, MAX_DETAILS)
      .find(({ id }) => now() - (this.#detailedAtMs.get(id) ?? 0) > DETAIL_MS);
    if (due === undefined || !this.#detailsNeeded) return false;
    this.#detailedAtMs.set(due.id, now());
    try {
      const detail = readRestRunner((await client.get(`runners/${due.id}`, { include_projects: "false" })).body, now());
      const managers = readRestManagers((await client.get(`runners/${due.id}/managers`)).body);
      if (detail === null) throw new GitlabError("protocol", "the runner cannot be read");
      this.#store.upsert([[due.id, { ...detail, managers }]]);
      blind.clear("runner-managers", due.id);
    } catch (error) {
      if (!blind.note("runner-managers", due.id, error)) throw error;
    }
    return true;
  }

  #detailsNeeded = false;

  async #graphql(): Promise<true | null> {
    const { graphql, blind, now } = this.#context;
    const runners: RunnerRecord[] = [];
    let after: string | null = null;
    for (let page = 0; page < MAX_PAGES; page++) {
      const cursor: string | null = after;
      const body = await graphql.ask((missing) => runnersQuery(graphql.page, cursor, missing));
      const read = body === null ? null : readGraphqlPage(body, "runners");
      if (read === null) return null;
      for (const raw of read.nodes) runners.push(...one(readGraphqlRunner(raw, now())));
      after = read.endCursor;
      if (after === null) break;
    }
    if (after === null) blind.clear("runners", null);
    else blind.add("runners", null, "cut");
    this.#detailsNeeded = false;
    this.#store.replace(runners.map((runner) => [runner.id, runner]));
    return true;
  }

  async #rest(path: string): Promise<void> {
    const { client, blind, now } = this.#context;
    const runners: RunnerRecord[] = [];
    let page: string | undefined = "1";
    for (let pages = 0; page !== undefined && pages < MAX_PAGES; pages++) {
      const { body, next } = await client.get(path, { per_page: "100", page });
      if (!Array.isArray(body)) throw new GitlabError("protocol", "the list of runners is not a list");
      for (const raw of body) runners.push(...one(readRestRunner(raw, now())));
      page = next?.["page"];
    }
    if (page !== undefined) blind.add("runners", null, "cut");
    const known = this.#store.snapshot();
    this.#detailsNeeded = true;
    this.#store.replace(runners.map((runner) => [runner.id, withDetails(runner, known.get(runner.id))]));
  }
}

/** The list has no tags and no managers: what the details told stays until they are read again. */
function withDetails(runner: RunnerRecord, known: RunnerRecord | undefined): RunnerRecord {
  if (known === undefined) return runner;
  const { tags, runUntagged, contactedAt, version, managers } = known;
  return {
    ...runner,
    tags: runner.tags ?? tags,
    runUntagged: runner.runUntagged ?? runUntagged,
    contactedAt: runner.contactedAt ?? contactedAt,
    version: runner.version ?? version,
    managers: runner.managers ?? managers,
  };
}

function one(runner: RunnerRecord | null): RunnerRecord[] {
  return runner === null ? [] : [runner];
}
