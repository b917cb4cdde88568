import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { FakeApiServer } from "../../testing/fake-api/fake-api-server.ts";
import { ApiAgent } from "./api-agent.ts";
import { ApiRequest } from "./api-request.ts";
import { AccessError, type ClusterAccess, type Connection } from "./cluster-access.ts";
import { listPages } from "./list-pages.ts";
import { RequestMeter } from "./request-meter.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

class TestAccess implements ClusterAccess {
  readonly key = "test";
  readonly name = "test";
  readonly namespace = null;
  readonly server: string;
  token = "old";
  fresh = 0;
  error: Error | null = null;
  connectionOf: Connection = { version: "1", rejectUnauthorized: true, proxy: null };
  constructor(server: string) {
    this.server = server;
  }
  connection(): Promise<Connection> {
    return Promise.resolve(this.connectionOf);
  }
  authorize(options: { fresh?: boolean } = {}): Promise<Record<string, string>> {
    if (this.error !== null) return Promise.reject(this.error);
    if (options.fresh === true) {
      this.fresh += 1;
      this.token = "new";
    }
    return Promise.resolve({ authorization: `Bearer ${this.token}` });
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(handler: Handler): Promise<{ url: string; sockets: Set<Socket>; server: Server }> {
  const server = createServer(handler);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, server };
}

function client(access: ClusterAccess) {
  const agent = new ApiAgent(access);
  stops.push(() => agent.close());
  const meter = new RequestMeter(systemClock);
  const abort = new AbortController();
  return { api: new ApiRequest(access, agent, systemClock), agent, meter, abort, ask: { signal: abort.signal, meter } };
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};

describe("requests to an API server", () => {
  it("go under the server's own path, over connections that stay open, and are counted", async () => {
    const paths: (string | undefined)[] = [];
    const { url, sockets } = await serve((request, response) => {
      paths.push(request.url);
      json(response, 200, { ok: true });
    });
    const { api, ask, meter } = client(new TestAccess(`${url}/k8s/clusters/c-1/`));
    for (let i = 0; i < 20; i++) expect(await api.get("/version", ask)).toEqual({ ok: true });
    expect(new Set(paths)).toEqual(new Set(["/k8s/clusters/c-1/version"]));
    // One may still be finishing when the next request starts.
    expect(sockets.size).toBeLessThanOrEqual(2);
    expect(meter.perMinute).toBe(20);
  });

  it("read what comes compressed", async () => {
    const { url } = await serve((request, response) => {
      expect(request.headers["accept-encoding"]).toBe("gzip");
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync(JSON.stringify({ text: "中文" })));
    });
    const { api, ask } = client(new TestAccess(url));
    expect(await api.get("/x", ask)).toEqual({ text: "中文" });
  });

  it("answer 401 once with fresh credentials, and then give up", async () => {
    const { url } = await serve((request, response) =>
      request.headers.authorization === "Bearer new" ? json(response, 200, {}) : json(response, 401, { message: "Unauthorized" }),
    );
    const access = new TestAccess(url);
    const { api, ask, meter } = client(access);
    await api.get("/x", ask);
    await api.get("/x", ask);
    expect([access.fresh, meter.perMinute]).toEqual([1, 3]);
    const hopeless = await serve((_request, response) => json(response, 401, { message: "Unauthorized" }));
    const other = new TestAccess(hopeless.url);
    await expect(client(other).api.get("/x", ask)).rejects.toMatchObject({ kind: "unauthorized", status: 401 });
    expect(other.fresh).toBe(1);
  });

  it("tell failures apart", async () => {
    const { url } = await serve((request, response) => {
      if (request.url === "/throttle") return json(response, 429, { message: "slow down" }, { "retry-after": "3" });
      if (request.url === "/html") return void response.end("<html>hello</html>");
      if (request.url === "/half") {
        response.writeHead(200, { "content-length": "100" });
        response.write("{");
        return void setTimeout(() => response.destroy(), 10);
      }
      response.writeHead(502, { "content-type": "text/html" });
      response.end(`<html>${"x".repeat(200_000)}</html>`);
    });
    const { api, ask } = client(new TestAccess(url));
    await expect(api.get("/throttle", ask)).rejects.toMatchObject({ kind: "throttled", retryAfterMs: 3_000 });
    await expect(api.get("/html", ask)).rejects.toMatchObject({ kind: "protocol" });
    await expect(api.get("/half", ask)).rejects.toMatchObject({ kind: "unreachable" });
    await expect(api.open("/proxy-page", ask)).rejects.toMatchObject({ kind: "server", message: "HTTP 502" });
    const access = new TestAccess(url);
    access.error = new AccessError("tokenFile: is not there. Write it again.");
    await expect(client(access).api.get("/x", ask)).rejects.toMatchObject({ kind: "credentials", message: access.error.message });
    await expect(client(new TestAccess("http://127.0.0.1:9")).api.get("/x", ask)).rejects.toMatchObject({ kind: "unreachable" });
    await expect(client(new TestAccess("http://no-such-host.invalid")).api.get("/x", ask)).rejects.toMatchObject({ kind: "unreachable" });
  });

  it("say that a certificate has expired, is not valid yet, or is of another authority", async () => {
    for (const [tls, known, code] of [
      ["expired", true, "CERT_HAS_EXPIRED"],
      ["future", true, "CERT_NOT_YET_VALID"],
      ["valid", false, "SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
    ] as const) {
      const server = await FakeApiServer.start({ tls });
      stops.push(() => server.stop());
      const access = new TestAccess(server.url);
      if (known) access.connectionOf = { ...access.connectionOf, ca: Buffer.from(server.authority.certificate) };
      const { api, ask } = client(access);
      await expect(api.get("/version", ask)).rejects.toMatchObject({ kind: "tls", message: expect.stringMatching(code) as string });
    }
  });

  it("use a new agent when the connection changed, and let an open watch end in its own time", async () => {
    const held: ServerResponse[] = [];
    const { url, sockets } = await serve((request, response) => {
      if (request.url !== "/watch") return json(response, 200, {});
      response.writeHead(200);
      response.write("1\n");
      held.push(response);
    });
    const access = new TestAccess(url);
    const { api, agent, ask, abort } = client(access);
    const stream = (await api.open("/watch", ask))[Symbol.asyncIterator]();
    const text = async () => Buffer.from((await stream.next()).value as Uint8Array).toString();
    expect(await text()).toBe("1\n");
    const before = await agent.dispatcher();
    access.connectionOf = { ...access.connectionOf, version: "2" };
    await api.get("/x", ask);
    expect(await agent.dispatcher()).not.toBe(before);
    held[0]!.write("2\n");
    expect(await text()).toBe("2\n");
    abort.abort();
    await expect(stream.next()).rejects.toMatchObject({ name: "AbortError" });
    await agent.close();
    await expect.poll(() => sockets.size).toBe(0);
  });
});

describe("a list in pages", () => {
  function pager(fail: (call: number) => boolean) {
    let calls = 0;
    return serve((request, response) => {
      calls += 1;
      if (fail(calls)) return json(response, 410, { message: "The provided continue parameter is too old" });
      const query = new URL(request.url ?? "", "http://x").searchParams;
      const from = Number(query.get("continue")?.slice(0, 1) ?? 0);
      const limit = Number(query.get("limit"));
      const items = [0, 1, 2, 3, 4].slice(from, from + limit);
      // Tokens are as long as the real ones and need encoding.
      const token = from + limit < 5 ? `${from + limit}+/=${"t".repeat(400)}` : "";
      json(response, 200, {
        metadata: { resourceVersion: from === 0 ? "7" : "8", continue: token },
        items: items.length === 0 ? null : items,
      });
    });
  }

  async function list(url: string) {
    const { api, ask } = client(new TestAccess(url));
    let items: unknown[] = [];
    const version = await listPages({
      api,
      path: "/things",
      ask,
      pageSize: 2,
      onPage: (page) => items.push(...page),
      onRestart: () => (items = []),
    });
    return { version, items };
  }

  it("comes whole, with the version of its first page", async () => {
    expect(await list((await pager(() => false)).url)).toEqual({ version: "7", items: [0, 1, 2, 3, 4] });
  });

  it("starts again when the token expires in the middle, with nothing twice", async () => {
    expect(await list((await pager((call) => call === 3)).url)).toEqual({ version: "7", items: [0, 1, 2, 3, 4] });
  });

  it("is not tried for ever", async () => {
    await expect(list((await pager((call) => call % 2 === 0)).url)).rejects.toMatchObject({ kind: "expired" });
    await expect(list((await pager(() => true)).url)).rejects.toMatchObject({ kind: "expired" });
  });

  it("has pages that grow with small objects and shrink with large ones", async () => {
    const limits = async (objectBytes: number) => {
      const asked: number[] = [];
      const { url } = await serve((request, response) => {
        const query = new URL(request.url ?? "", "http://x").searchParams;
        const [limit, from] = [Number(query.get("limit")), Number(query.get("continue"))];
        asked.push(limit);
        const items = Array.from({ length: limit }, () => "x".repeat(objectBytes));
        json(response, 200, {
          metadata: { resourceVersion: "7", ...(from + limit < 700 ? { continue: String(from + limit) } : {}) },
          items,
        });
      });
      const { api, ask } = client(new TestAccess(url));
      await listPages({ api, path: "/things", ask, onPage() {}, onRestart() {} });
      return asked;
    };
    expect(await limits(500)).toEqual([100, 500, 500]);
    const large = await limits(40_000);
    expect(large[0]).toBe(100);
    expect(new Set(large.slice(1))).toEqual(new Set([78]));
    expect((await limits(200_000)).at(-1)).toBe(50);
  });

  it("must be a list", async () => {
    const { url } = await serve((_request, response) => json(response, 200, { kind: "Status" }));
    await expect(list(url)).rejects.toMatchObject({ kind: "protocol" });
  });
});
