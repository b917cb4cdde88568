import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildJobPod } from "./build-pod.ts";
import { FakeApiServer } from "./fake-api-server.ts";
import { WireClient, type OpenWatch } from "./wire-client.ts";

let api: FakeApiServer;
let client: WireClient;

beforeAll(async () => {
  api = await FakeApiServer.start();
  client = new WireClient(api);
});
afterAll(() => api.stop());
beforeEach(async () => {
  api.faults.clear();
  await closeAll();
  for (const object of api.store.list("pods")) api.store.remove("pods", object.metadata);
});

const put = (name: string) => api.store.put("pods", buildJobPod({ name }));
const watches: OpenWatch[] = [];
/** One watch at a time: an open one would take the fault that is meant for the next. */
const open = async (query = "") => {
  await closeAll();
  const watch = client.watch(`/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=${api.store.revision}${query}`);
  watches.push(watch);
  await expect.poll(() => api.requests.all().at(-1)).toMatchObject({ request: "watch", status: 200 });
  return watch;
};
async function closeAll(): Promise<void> {
  for (const watch of watches.splice(0)) watch.close();
  await expect.poll(() => api.openWatches()).toBe(0);
  api.requests.clear();
}
const what = (lines: string[]) =>
  lines
    .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name?: string } } })
    .map(({ type, object }) => `${type} ${object.metadata.name}`);

describe("on an open watch", () => {
  test("cut resets the connection, at once or after some events", async () => {
    const watch = await open();
    api.faults.add({ verb: "cut", resource: "pods", request: "watch" });
    expect(await watch.closed).toBe("ECONNRESET");
    api.faults.add({ verb: "cut", request: "watch", afterEvents: 2, times: 9 });
    const second = await open();
    for (const name of ["a", "b", "c"]) put(name);
    expect(await second.closed).toBe("ECONNRESET");
    expect(second.lines.length).toBeLessThanOrEqual(2);
  });

  test("cut in the middle of a line: the half line arrives, then the reset", async () => {
    const watch = await open();
    put("a");
    await watch.until(1);
    api.faults.add({ verb: "cut", request: "watch", midLine: true });
    expect(await watch.closed).toBe("ECONNRESET");
    expect(watch.lines).toHaveLength(1);
    expect(watch.rest()).toMatch(/^\{"type":"BOOKMARK"/);
    expect(() => JSON.parse(watch.rest()) as unknown).toThrow(SyntaxError);
  });

  test("stall: open, but silent", async () => {
    const watch = await open();
    api.faults.add({ verb: "stall", request: "watch" });
    put("a");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(watch.lines).toEqual([]);
    expect(api.openWatches("pods")).toBe(1);
    watch.close();
    await expect.poll(() => api.openWatches("pods")).toBe(0);
  });

  test("drip: the same lines, slowly", async () => {
    api.faults.add({ verb: "drip", request: "watch", bytes: 500, everyMs: 2 });
    const watch = await open();
    put("a");
    put("b");
    await expect.poll(() => watch.rest().length + watch.lines.length).toBeGreaterThan(0);
    expect(what(await watch.until(2))).toEqual(["ADDED a", "ADDED b"]);
    watch.close();
  });

  test("garble, duplicate, reorder, miss", async () => {
    const watch = await open();
    api.faults.add({ verb: "garble", request: "watch", line: "{nonsense" });
    expect(await watch.until(1)).toEqual(["{nonsense"]);
    api.faults.add({ verb: "duplicate" });
    put("a");
    expect(what((await watch.until(3)).slice(1))).toEqual(["ADDED a", "ADDED a"]);
    api.faults.add({ verb: "reorder" });
    put("b");
    put("c");
    expect(what((await watch.until(5)).slice(3))).toEqual(["ADDED c", "ADDED b"]);
    api.faults.add({ verb: "miss", type: "DELETED" });
    put("d");
    api.store.remove("pods", { namespace: "ci", name: "d" });
    put("e");
    expect(what((await watch.until(7)).slice(5))).toEqual(["ADDED d", "ADDED e"]);
    watch.close();
  });

  test("gone as an event, and a proper early end", async () => {
    const watch = await open();
    api.faults.add({ verb: "gone", request: "watch" });
    expect(JSON.parse((await watch.until(1))[0]!)).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
    expect(await watch.closed).toBe("end");
    const second = await open();
    api.faults.add({ verb: "end", request: "watch" });
    expect(await second.closed).toBe("end");
  });
});

describe("on requests", () => {
  test("status answers, as often as ordered and only where they fit", async () => {
    api.faults.add({ verb: "gone", as: "status", resource: "pods", request: "watch" });
    expect(await client.call("/api/v1/pods?watch=true&resourceVersion=1")).toMatchObject({ status: 410, json: { reason: "Expired" } });
    api.faults.add({ verb: "throttle", resource: "pods", retryAfterSeconds: 3, times: 2 });
    expect((await client.call("/api/v1/nodes")).status).toBe(200);
    expect(await client.call("/api/v1/pods")).toMatchObject({
      status: 429,
      headers: { "retry-after": "3" },
      json: { reason: "TooManyRequests", details: { retryAfterSeconds: 3 } },
    });
    expect((await client.call("/api/v1/pods?watch=true")).text).toBe("Too many requests, please try again later.\n");
    api.faults.add({ verb: "unauthorized" });
    expect((await client.call("/api/v1/pods")).json).toMatchObject({ code: 401 });
    api.faults.add({ verb: "forbid", user: "admin" });
    expect((await client.call("/api/v1/pods")).json).toMatchObject({
      code: 403,
      message: expect.stringContaining('User "admin" cannot list resource "pods"'),
    });
    api.faults.add({ verb: "fail" });
    expect((await client.call("/api/v1/pods")).json).toMatchObject({ code: 500, reason: "InternalError" });
    expect((await client.call("/api/v1/pods")).status).toBe(200);
    expect(api.faults.list()).toEqual([]);
  });

  test("cut in a list, a half body, and a list that drips", async () => {
    for (const name of ["a", "b", "c"]) put(name);
    api.faults.add({ verb: "cut", request: "list" });
    await expect(client.call("/api/v1/pods")).rejects.toMatchObject({ code: "ECONNRESET" });
    api.faults.add({ verb: "cut", request: "list", midLine: true });
    await expect(client.call("/api/v1/pods")).rejects.toMatchObject({ code: "ECONNRESET" });
    api.faults.add({ verb: "garble", request: "list" });
    await expect(client.call("/api/v1/pods").then(({ json }) => json)).rejects.toThrow(SyntaxError);
    api.faults.add({ verb: "drip", request: "list", bytes: 2_000, everyMs: 1 });
    expect((await client.call("/api/v1/pods")).json).toMatchObject({ kind: "PodList" });
  });

  test("refused and slow connections, a clock that is off", async () => {
    api.faults.add({ verb: "refuse" });
    await expect(client.call("/version")).rejects.toMatchObject({ code: "ECONNRESET" });
    api.faults.add({ verb: "slow-tls", delayMs: 150 });
    const from = performance.now();
    expect((await client.call("/version")).status).toBe(200);
    expect(performance.now() - from).toBeGreaterThan(140);
    const back = api.faults.add({ verb: "skew", ms: -3_600_000 });
    const { headers } = await client.call("/version");
    expect(Date.now() - Date.parse(headers.date!)).toBeGreaterThan(3_590_000);
    expect(Date.now() - Date.parse(api.store.timestamp())).toBeGreaterThan(3_590_000);
    back();
    expect(Math.abs(Date.now() - Date.parse((await client.call("/version")).headers.date!))).toBeLessThan(5_000);
  });

  test("a dead server comes back on the same port with its objects", async () => {
    put("a");
    const watch = await open();
    const { url } = api;
    await api.pause();
    expect(await watch.closed).toBe("ECONNRESET");
    await expect(client.call("/version")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await api.resume();
    expect(api.url).toBe(url);
    expect((await client.call("/api/v1/namespaces/ci/pods/a")).status).toBe(200);
  });
});

test("certificates: expired, not yet valid, and a client's", async () => {
  for (const [tls, code] of [
    ["expired", "CERT_HAS_EXPIRED"],
    ["future", "CERT_NOT_YET_VALID"],
  ] as const) {
    const server = await FakeApiServer.start({ tls });
    await expect(new WireClient(server).call("/version")).rejects.toMatchObject({ code });
    await server.stop();
  }
  const folder = await mkdtemp(path.join(tmpdir(), "fake-api-test-"));
  api.setUser("carol", []);
  const { KubeConfig } = await import("@kubernetes/client-node");
  const https = await import("node:https");
  const config = new KubeConfig();
  config.loadFromFile(await api.writeKubeconfig(folder, { user: "carol", auth: "certificate" }));
  const status = await new Promise<string>((resolve, reject) => {
    const { certData, keyData } = config.getCurrentUser()!;
    const [cert, key] = [certData!, keyData!].map((data) => Buffer.from(data, "base64"));
    const request = https.get(`${api.url}/api/v1/pods`, { cert, key, ca: api.authority.certificate, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
  });
  expect(JSON.parse(status)).toMatchObject({ code: 403, message: expect.stringContaining('User "carol"') });
  await rm(folder, { recursive: true });
});
