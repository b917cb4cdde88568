import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Fleet } from "../model/fleet.ts";
import { answerGraphql } from "./gitlab-graphql.ts";
import { answerRest } from "./gitlab-rest.ts";
import type { ServerCertificates } from "./server-certificates.ts";
import { SimulatedServer, type Answer } from "./simulated-server.ts";

type Scope = "read_api" | "read_user";

/** GitLab's API over the model, for one token. */
export class GitlabServer {
  #token = newToken();
  #scope: Scope = "read_api";
  readonly #fleet: Fleet;
  #server: SimulatedServer | null = null;

  private constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  static async open(fleet: Fleet, certificates: ServerCertificates): Promise<GitlabServer> {
    const gitlab = new GitlabServer(fleet);
    const answer = (request: IncomingMessage, url: URL, body: string) => gitlab.#answer(request, url, body);
    gitlab.#server = await SimulatedServer.open({ name: "gitlab api", certificates, answer });
    return gitlab;
  }

  get server(): SimulatedServer {
    if (!this.#server) throw new Error("not open");
    return this.#server;
  }

  get url(): string {
    return `https://127.0.0.1:${this.server.port}`;
  }

  get token(): string {
    return this.#token;
  }

  get scope(): Scope {
    return this.#scope;
  }

  /** The old one is worthless from now on. */
  rotateToken(scope: Scope = "read_api"): true {
    this.#token = newToken();
    this.#scope = scope;
    return true;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  #answer(request: IncomingMessage, url: URL, body: string): Answer {
    if (this.#fleet.gitlab.refuses) return throttled(this.#fleet.timeline.now);
    const { authorization } = request.headers;
    const given = request.headers["private-token"] ?? (authorization?.startsWith("Bearer ") ? authorization.slice(7) : undefined);
    if (given !== this.#token)
      return { status: 401, type: "application/json", headers: {}, body: JSON.stringify({ message: "401 Unauthorized" }) };
    if (this.#scope === "read_user" && url.pathname !== "/api/v4/user") return tooNarrow(url.pathname === "/api/graphql");
    if (url.pathname === "/api/graphql" && request.method === "POST") return answerGraphql(this.#fleet, body);
    if (request.method === "GET" && url.pathname.startsWith("/api/v4/")) return answerRest(this.#fleet, url);
    return { status: 404, type: "application/json", body: JSON.stringify({ error: "404 Not Found" }) };
  }
}

const newToken = () => `glpat-${randomBytes(15).toString("base64url")}`;

/** lib/api/api_guard.rb, app/controllers/graphql_controller.rb: GraphQL signs nobody in whose token lacks the scope for it. */
function tooNarrow(graphql: boolean): Answer {
  const body = graphql
    ? { errors: [{ message: "Invalid token" }] }
    : {
        error: "insufficient_scope",
        error_description: "The request requires higher privileges than provided by the access token.",
        scope: "api read_api",
      };
  return { status: graphql ? 401 : 403, type: "application/json", body: JSON.stringify(body) };
}

/** Rack::Attack's answer (doc/administration/settings/user_and_ip_rate_limits.md): the headers come with the 429 only. */
function throttled(now: number): Answer {
  const reset = Math.ceil(now / 60_000) * 60;
  const headers = {
    "ratelimit-limit": "600",
    "ratelimit-name": "throttle_authenticated_api",
    "ratelimit-observed": "601",
    "ratelimit-remaining": "0",
    "ratelimit-reset": String(reset),
    "ratelimit-resettime": new Date(reset * 1000).toUTCString(),
    "retry-after": String(Math.max(1, Math.ceil(reset - now / 1000))),
  };
  return { status: 429, type: "text/plain", headers, body: "Retry later\n" };
}
