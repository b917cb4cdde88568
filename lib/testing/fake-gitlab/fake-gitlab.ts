import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { FakeJob, FakeRunner } from "./fake-job.ts";
import { answerGraphql } from "./graphql-answer.ts";
import { graphqlObjects } from "./graphql-objects.ts";
import { restJob, restManagers, restRunner, restRunnerDetail } from "./rest-shapes.ts";

type Answer = { status?: number; headers?: Record<string, string>; body: unknown };

/** A GitLab on a real port, as far as the product reads it. Its fields may be changed at any time, also to misbehave. */
export class FakeGitlab {
  readonly prefix: string;
  jobs: FakeJob[] = [];
  runners: FakeRunner[] = [];
  projects = new Map<number, string>([[1, "group/sample"]]);
  tokens = new Map<string, { admin: boolean; scopes: string[] }>([["token-one", { admin: false, scopes: ["read_api"] }]]);
  /** Projects that no token may read. */
  hidden = new Set<number>();
  without = new Set<string>();
  maxComplexity = 250;
  graphql = true;
  /** Answers instead of GitLab while it is set and does not return false. */
  fault: ((request: IncomingMessage, response: ServerResponse, body: string) => boolean) | null = null;
  readonly requests: { method: string; url: string; authorization: string | undefined; body: string; status: number }[] = [];
  readonly #server: Server;

  constructor(prefix = "") {
    this.prefix = prefix;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this.url;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}${this.prefix}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  count(pattern: RegExp): number {
    return this.requests.filter(({ url }) => pattern.test(url)).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const entry = { method: request.method ?? "", url: request.url ?? "", authorization: request.headers.authorization, body, status: 0 };
    this.requests.push(entry);
    response.once("finish", () => (entry.status = response.statusCode));
    if (this.fault?.(request, response, body)) return;
    const { status = 200, headers = {}, body: json } = this.#answer(request, body);
    const text = JSON.stringify(json);
    const etag = `W/"${createHash("sha1").update(text).digest("hex")}"`;
    if (status === 200 && request.method === "GET" && request.headers["if-none-match"] === etag)
      return void response.writeHead(304, { etag }).end();
    response.writeHead(status, { "content-type": "application/json", etag, ...headers }).end(text);
  }

  #answer(request: IncomingMessage, body: string): Answer {
    const token = this.tokens.get((request.headers.authorization ?? "").replace(/^Bearer /, ""));
    const url = new URL(request.url ?? "/", this.url);
    if (!url.pathname.startsWith(`${this.prefix}/api/`)) return { status: 404, body: { error: "404 Not Found" } };
    if (token === undefined) return { status: 401, body: { message: "401 Unauthorized" } };
    const path = url.pathname.slice(this.prefix.length + 5);
    const enough = token.scopes.includes("read_api") || token.scopes.includes("api");
    // GitLab app/controllers/graphql_controller.rb: a token whose scope is too small signs nobody in there.
    if (path === "graphql")
      return enough ? this.#graphql(body, token.admin) : { status: 401, body: { errors: [{ message: "Invalid token" }] } };
    if (!enough) {
      return {
        status: 403,
        body: {
          error: "insufficient_scope",
          error_description: "The request requires higher privileges than provided by the access token.",
          scope: "api read_api",
        },
      };
    }
    return this.#rest(path.replace(/^v4\//, ""), url, token);
  }

  #graphql(body: string, admin: boolean): Answer {
    if (!this.graphql) return { status: 404, body: { error: "404 Not Found" } };
    const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
    const { jobs, runners, projects, maxComplexity, without, prefix } = this;
    const visible = new Map([...projects].filter(([id]) => !this.hidden.has(id)));
    const objects = graphqlObjects({ jobs, runners, projects: visible, admin, prefix });
    return { body: answerGraphql(query, variables, { ...objects, maxComplexity, without }) };
  }

  #rest(path: string, url: URL, { admin, scopes }: { admin: boolean; scopes: string[] }): Answer {
    if (path === "metadata") return { body: { version: "18.3.1-ee", revision: "abc", enterprise: true } };
    if (path === "user") return { body: { id: 1, username: "bot", ...(admin ? { is_admin: true } : {}) } };
    if (path === "personal_access_tokens/self") return { body: { id: 1, scopes, expires_at: "2027-01-01" } };
    if (path === "runners/all")
      return admin ? this.#page(this.runners.map(restRunner), url) : { status: 403, body: { message: "403 Forbidden" } };
    if (path === "runners") return this.#page(this.runners.map(restRunner), url);
    const [, runnerId, managers] = /^runners\/(\d+)(\/managers)?$/.exec(path) ?? [];
    const runner = this.runners.find(({ id }) => String(id) === runnerId);
    if (runner !== undefined) return { body: managers === undefined ? restRunnerDetail(runner) : restManagers(runner) };
    return this.#projectRoute(path, url);
  }

  #projectRoute(path: string, url: URL): Answer {
    const [, name = "", jobId] = /^projects\/([^/]+)\/jobs(?:\/(\d+))?$/.exec(path) ?? [];
    const found = [...this.projects].find(([id, full]) => String(id) === name || full === decodeURIComponent(name));
    if (found === undefined) return { status: 404, body: { message: "404 Project Not Found" } };
    const [projectId, fullPath] = found;
    if (this.hidden.has(projectId)) return { status: 403, body: { message: "403 Forbidden" } };
    const jobs = this.jobs.filter((job) => job.projectId === projectId);
    const shape = (job: FakeJob) => restJob(job, `${this.url}/${fullPath}`, Date.now());
    if (jobId !== undefined) {
      const job = jobs.find(({ id }) => String(id) === jobId);
      return job === undefined ? { status: 404, body: { message: "404 Not Found" } } : { body: shape(job) };
    }
    const scopes = url.searchParams.getAll("scope[]");
    return this.#page(
      jobs
        .filter(({ status }) => scopes.includes(status))
        .toSorted((a, b) => b.id - a.id)
        .map(shape),
      url,
    );
  }

  #page(all: unknown[], url: URL): Answer {
    const page = Number(url.searchParams.get("page") ?? 1);
    const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 20));
    const more = page * size < all.length;
    const next = new URL(url);
    next.searchParams.set("page", String(page + 1));
    return {
      body: all.slice((page - 1) * size, page * size),
      headers: { "x-next-page": more ? String(page + 1) : "", ...(more ? { link: `<${next.href}>; rel="next"` } : {}) },
    };
  }
}
