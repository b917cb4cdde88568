import "server-only";
import { readGraphqlErrors, type GraphqlRequest, type MissingFields } from "../graphql-query.ts";
import type { GitlabClient } from "./client.ts";
import { GitlabError } from "./gitlab-error.ts";

/** About 35 points a job of the 250 that a signed-in user has (GitLab docs: GraphQL, "Maximum query complexity"). */
const JOBS = 6;
const PAGE = 100;
/** Every round names all fields that are missing where they are looked at; deeper ones come to light after. */
const MAX_ROUNDS = 6;

/**
 * Asks GraphQL of an instance of any version from 16 on: fields that its schema does not have are left out from then on, and a query that costs
 * too much is made smaller.
 */
export class GraphqlReader {
  readonly #client: GitlabClient;
  readonly #missing = new Set<string>();
  #scale = 1;
  #closed = false;

  constructor(client: GitlabClient) {
    this.#client = client;
  }

  /** How many jobs one request may hold; 0: GraphQL cannot be used. */
  get jobs(): number {
    return this.#closed ? 0 : Math.max(1, Math.floor(JOBS * this.#scale));
  }

  /** Length of a page. */
  get page(): number {
    return Math.max(5, Math.floor(PAGE * this.#scale));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** What closed it may have been the rights of a token; one without the scope for it is answered with 401, as a wrong one is. */
  allow(open: boolean): void {
    this.#closed = !open;
  }

  /** null: the query was too large, ask again with the smaller `jobs` or `page`. Throws GitlabError. */
  async ask(make: (missing: MissingFields) => GraphqlRequest): Promise<unknown> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { query, variables } = make(this.#missing);
      const body = await this.#post(query, variables);
      const { undefinedFields, complexity, messages } = readGraphqlErrors(body);
      if (complexity !== null) {
        this.#scale = Math.max(0.05, this.#scale * Math.min(0.8, (0.9 * complexity.max) / complexity.is));
        return null;
      }
      const before = this.#missing.size;
      for (const field of undefinedFields) this.#missing.add(field);
      if (undefinedFields.length > 0 && this.#missing.size > before) continue;
      if (undefinedFields.length > 0) throw new GitlabError("not-found", `GraphQL does not know ${undefinedFields.slice(0, 3).join(", ")}`);
      if (messages.length > 0 && !hasData(body)) throw new GitlabError("protocol", `GraphQL: ${messages[0] ?? ""}`);
      return body;
    }
    throw new GitlabError("protocol", "GraphQL: too many unknown fields");
  }

  async #post(query: string, variables: Record<string, unknown>): Promise<unknown> {
    try {
      return await this.#client.graphql(query, variables);
    } catch (error) {
      // A proxy that lets only REST through: everything can be read without, at the cost of more requests.
      if (error instanceof GitlabError && (error.kind === "not-found" || error.kind === "forbidden")) this.#closed = true;
      throw error;
    }
  }
}

function hasData(body: unknown): boolean {
  return typeof body === "object" && body !== null && "data" in body && body.data !== null && body.data !== undefined;
}
