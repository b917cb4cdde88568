import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { sharedAuthority } from "../../testing/fake-api/certificate-authority.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { fakeJob } from "../../testing/fake-gitlab/fake-job.ts";
import { FakeGitlab } from "../../testing/fake-gitlab/fake-gitlab.ts";
import { GitlabClient } from "./client.ts";
import { GitlabError } from "./gitlab-error.ts";
import { RequestBudget } from "./request-budget.ts";
import { TokenFile } from "./token-file.ts";

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop();
});

async function setUp({
  prefix = "",
  perMinute = 60,
  ...options
}: { prefix?: string; perMinute?: number; timeoutMs?: number; maxBytes?: number; baseUrl?: string; ca?: string } = {}) {
  const gitlab = new FakeGitlab(prefix);
  await gitlab.start();
  const folder = mkdtempSync(path.join(tmpdir(), "token-"));
  const file = path.join(folder, "token");
  writeFileSync(file, "token-one\n");
  const clock = new FakeClock("2026-11-25T00:00:00.000Z");
  const budget = new RequestBudget(clock, perMinute, () => 0.5);
  const client = new GitlabClient({ baseUrl: gitlab.url, token: new TokenFile(file, clock), budget, clock, timeoutMs: 500, ...options });
  open.push({ stop: () => gitlab.stop() }, { stop: () => client.close() }, { stop: () => rmSync(folder, { recursive: true }) });
  return { gitlab, client, budget, clock, file };
}

async function errorOf(work: Promise<unknown>): Promise<GitlabError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GitlabError);
  return error as GitlabError;
}

describe("the GitLab client", () => {
  it("reads below a path prefix with the token as a header and nowhere else", async () => {
    const { gitlab, client } = await setUp({ prefix: "/git/lab" });
    gitlab.jobs = [fakeJob({ id: 7 })];
    const { body } = await client.get("projects/1/jobs/7");
    expect(body).toMatchObject({ id: 7 });
    expect(await client.graphql("query{project(fullPath:$p){id}}", { p: "group/sample" })).toEqual({
      data: { project: { id: "gid://gitlab/Project/1" } },
    });
    expect(gitlab.requests.map(({ url, authorization }) => [url, authorization])).toEqual([
      ["/git/lab/api/v4/projects/1/jobs/7", "Bearer token-one"],
      ["/git/lab/api/graphql", "Bearer token-one"],
    ]);
  });

  it("asks conditionally and takes 304 for the body from before", async () => {
    const { gitlab, client } = await setUp();
    gitlab.runners = [{ id: 8, description: "a", shortSha: "abcdefgh", tags: [], paused: false, managers: [] }];
    const first = await client.get("runners");
    expect((await client.get("runners")).body).toEqual(first.body);
    expect(gitlab.requests.map(({ status }) => status)).toEqual([200, 304]);
    gitlab.runners = [];
    expect((await client.get("runners")).body).toEqual([]);
  });

  it("a token that was exchanged is taken at once after 401, and the old one never again", async () => {
    const { gitlab, client, file } = await setUp();
    await client.get("metadata");
    gitlab.tokens = new Map([["token-two", { admin: false, scopes: ["read_api"] }]]);
    writeFileSync(file, "token-two");
    await client.get("metadata");
    await client.get("metadata");
    expect(gitlab.requests.slice(1).map(({ authorization, status }) => `${authorization} ${status}`)).toEqual([
      "Bearer token-one 401",
      "Bearer token-two 304",
      "Bearer token-two 304",
    ]);
    expect(gitlab.requests).toHaveLength(4);
  });

  it("a revoked token is unauthorized after one request, and no error names it", async () => {
    const { gitlab, client, file } = await setUp();
    gitlab.tokens.clear();
    const error = await errorOf(client.get("metadata"));
    expect(error.kind).toBe("unauthorized");
    expect(gitlab.requests).toHaveLength(1);
    writeFileSync(file, "token with\nlines");
    const broken = await errorOf(client.get("metadata"));
    expect(broken.kind).toBe("credentials");
    rmSync(file);
    const missing = await errorOf(client.get("metadata"));
    expect(missing).toMatchObject({ kind: "credentials", message: expect.stringContaining("ENOENT") as string });
    for (const { message, stack } of [error, broken, missing]) expect(`${message}${stack}`).not.toMatch(/token-one|token with/);
  });

  it.each<[string, Record<string, string>, number]>([
    ["Retry-After in seconds", { "retry-after": "42" }, 42_000],
    ["Retry-After as a date", { "retry-after": "Wed, 25 Nov 2026 00:00:30 GMT" }, 30_000],
    ["RateLimit-Reset", { "ratelimit-reset": String(Date.parse("2026-11-25T00:01:05Z") / 1_000) }, 65_000],
    ["RateLimit-ResetTime", { "ratelimit-resettime": "Wed, 25 Nov 2026 00:00:20 GMT" }, 20_000],
    ["the longest of them", { "retry-after": "3", "ratelimit-reset": String(Date.parse("2026-11-25T00:00:50Z") / 1_000) }, 50_000],
    ["nothing at all", {}, 5_000],
    ["nonsense", { "retry-after": "soon", "ratelimit-reset": "-5" }, 5_000],
  ])("429 with %s: nothing goes out before", async (_, headers, waitMs) => {
    const { gitlab, client, clock, budget } = await setUp();
    gitlab.fault = (__, response) => (response.writeHead(429, headers).end("Retry later"), true);
    expect(await errorOf(client.get("metadata"))).toMatchObject({ kind: "throttled", retryAfterMs: waitMs });
    gitlab.fault = null;
    clock.advance(waitMs - 1);
    expect((await errorOf(client.get("metadata"))).kind).toBe("throttled");
    expect(gitlab.requests).toHaveLength(1);
    expect(budget.state(0).pausedUntil).not.toBeNull();
    clock.advance(1);
    expect((await client.get("metadata")).body).toMatchObject({ version: "18.3.1-ee" });
  });

  it("stops before GitLab has to say 429, when nothing remains", async () => {
    const { gitlab, client, clock, budget } = await setUp();
    gitlab.fault = (_, response) => (
      response.writeHead(200, { "ratelimit-remaining": "0", "ratelimit-reset": String(clock.now() / 1_000 + 10) }).end("{}"),
      true
    );
    await client.get("metadata");
    expect((await errorOf(client.get("metadata"))).kind).toBe("throttled");
    expect([budget.state(3).remaining, budget.state(3).waiting, gitlab.requests.length]).toEqual([0, 3, 1]);
  });

  it("no more than the budget in any minute", async () => {
    const { gitlab, client, clock } = await setUp({ perMinute: 5 });
    const sent: number[] = [];
    const kinds = new Set<string>();
    for (let second = 0; second < 240; second += 1) {
      const before = gitlab.requests.length;
      const kind = await client.get("metadata").then(
        () => "sent",
        (error: GitlabError) => error.kind,
      );
      kinds.add(kind);
      if (gitlab.requests.length > before) sent.push(second);
      clock.advance(1_000);
    }
    expect(kinds).toEqual(new Set(["sent", "budget"]));
    expect(sent.length).toBeGreaterThanOrEqual(20);
    for (const second of sent) expect(sent.filter((other) => other > second - 60 && other <= second).length).toBeLessThanOrEqual(5);
  });

  it("a redirect to another host is refused and the token stays; one inside the instance is followed", async () => {
    const { gitlab, client } = await setUp();
    const stolen: unknown[] = [];
    const thief = createServer((request, response) => (stolen.push(request.headers.authorization), response.end("{}")));
    await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve));
    open.push({ stop: () => thief.close() });
    for (const location of [
      `http://127.0.0.1:${(thief.address() as { port: number }).port}/api/v4/metadata`,
      "/users/sign_in",
      "//elsewhere.example/api/v4",
      "http://user@127.0.0.1:1/",
    ]) {
      gitlab.fault = (_, response) => (response.writeHead(302, { location }).end(), true);
      expect((await errorOf(client.get("metadata"))).kind).toBe("protocol");
    }
    expect(stolen).toEqual([]);
    gitlab.fault = (request, response) =>
      request.url === "/api/v4/old" && (response.writeHead(301, { location: "/api/v4/metadata" }).end(), true);
    expect((await client.get("old")).body).toMatchObject({ enterprise: true });
    gitlab.fault = (request, response) => (response.writeHead(302, { location: request.url }).end(), true);
    expect((await errorOf(client.get("metadata"))).message).toContain("redirects");
  });

  it.each<[string, string, NonNullable<FakeGitlab["fault"]>]>([
    ["503", "server", (_, response) => (response.writeHead(503).end("<html>"), true)],
    [
      "a sign-in page",
      "protocol",
      (_, response) => (response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in</html>"), true),
    ],
    [
      "half of a body",
      "unreachable",
      (_, response) => (
        response.writeHead(200, { "content-length": "500" }),
        response.write("[1,", () => response.socket?.destroy()),
        true
      ),
    ],
    [
      "half of a gzip",
      "unreachable",
      (_, response) => (
        response.writeHead(200, { "content-encoding": "gzip", "content-length": "5000" }),
        response.write(gzipSync("x".repeat(9_000)).subarray(0, 20), () => response.socket?.destroy()),
        true
      ),
    ],
    ["silence", "timeout", () => true],
    ["a body without end", "protocol", (_, response) => (response.end(JSON.stringify("x".repeat(300_000))), true)],
    [
      "a small gzip that is huge",
      "protocol",
      (_, response) => (response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(`"${"x".repeat(5_000_000)}"`)), true),
    ],
    ["insufficient scope", "insufficient-scope", (_, response) => (response.writeHead(403).end('{"error":"insufficient_scope"}'), true)],
    ["403", "forbidden", (_, response) => (response.writeHead(403).end('{"message":"403 Forbidden - token=abcdef123456"}'), true)],
    ["404", "not-found", (_, response) => (response.writeHead(404).end(), true)],
  ])("%s is an error of its kind", async (_, kind, fault) => {
    const { gitlab, client } = await setUp({ maxBytes: 100_000, timeoutMs: 250 });
    gitlab.fault = fault;
    const error = await errorOf(client.get("metadata"));
    expect(error.kind).toBe(kind);
    expect(error.message).not.toMatch(/token-one|abcdef123456/);
  });

  it("a private CA is trusted where it is given, and only there", async () => {
    const authority = await sharedAuthority();
    const { certificate, key } = await authority.issue({ commonName: "127.0.0.1", server: true });
    const server = createTlsServer({ cert: certificate, key }, (_, response) => void response.end('{"version":"18.3.1"}'));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push({ stop: () => (server.closeAllConnections(), server.close()) });
    const baseUrl = `https://127.0.0.1:${(server.address() as { port: number }).port}`;
    expect((await errorOf((await setUp({ baseUrl })).client.get("metadata"))).kind).toBe("tls");
    expect((await (await setUp({ baseUrl, ca: authority.certificate })).client.get("metadata")).body).toEqual({ version: "18.3.1" });
  });

  it("nobody listens, or a name that does not exist", async () => {
    const { client } = await setUp({ baseUrl: "http://127.0.0.1:1" });
    expect((await errorOf(client.get("metadata"))).kind).toBe("unreachable");
  });

  it("pages by X-Next-Page and by Link, and never to where Link points", async () => {
    const { gitlab, client } = await setUp();
    gitlab.jobs = Array.from({ length: 250 }, (_, i) => fakeJob({ id: i + 1 }));
    const first = await client.get("projects/1/jobs", { "scope[]": ["running"], per_page: "100" });
    expect(first.next).toMatchObject({ page: "2" });
    gitlab.fault = (_, response) => (
      response.writeHead(200, { link: '<http://evil.example/api/v4/runners?cursor=abc&per_page=100>; rel="next"' }).end("[]"),
      true
    );
    expect((await client.get("runners")).next).toEqual({ cursor: "abc", per_page: "100" });
    gitlab.fault = (_, response) => (
      response.writeHead(200, { link: '<http://evil.example/other?cursor=abc>; rel="next"' }).end("[]"),
      true
    );
    expect((await client.get("runners")).next).toBeNull();
  });
});
