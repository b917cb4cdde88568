import { createServer, type Server, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { PodUsages } from "../pod-usages.ts";
import { KubeletScraper } from "./kubelet-scraper.ts";

const ID = "a".repeat(64);
const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

async function kubelet(answer: (response: ServerResponse, headers: Record<string, unknown>, url: string) => void): Promise<string> {
  const server: Server = createServer((request, response) => answer(response, request.headers, request.url ?? ""));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

let counter = 0;
const row = (bytes: number) =>
  `container_memory_working_set_bytes{container="build",id="/x/${ID}",image="i",name="${ID}",namespace="ci",pod="p"} ${bytes} ${++counter * 10_000}\n`;

type Options = ConstructorParameters<typeof KubeletScraper>[0];

function scraper(access: Partial<Options["access"]> = {}, more: Partial<Options> = {}) {
  const usages = new PodUsages();
  const made = new KubeletScraper({
    cluster: "test",
    usages,
    access: {
      connection: () => Promise.resolve({ version: "1" }),
      authorize: () => Promise.resolve({ authorization: "Bearer secret-token" }),
      ...access,
    },
    trust: { kind: "cluster-ca" },
    clock: systemClock,
    random: () => 0,
    log: { warn: () => {} },
    intervalMs: 20,
    ...more,
  });
  open.push(made);
  return Object.assign(made, { pods: () => usages.snapshot() });
}

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(what()).toBe(true);
}

const target = (node: string, origin: string | null) => ({
  node,
  origin,
  wanted: new Map([[ID, { podUid: "u1", namespace: "ci", pod: "p", name: "build" }]]),
});

describe("the kubelet scraper", () => {
  it("reads a gzipped page with its token and keeps reading", async () => {
    const seen: unknown[] = [];
    const origin = await kubelet((response, headers) => {
      seen.push(headers["authorization"]);
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(row(5)));
    });
    const made = scraper();
    made.setTargets([target("n1", origin)]);
    await until(() => ([...(made.pods().get("u1")?.containers.values() ?? [])][0]?.usage.samples ?? 0) >= 3);
    expect(new Set(seen)).toEqual(new Set(["Bearer secret-token"]));
    expect(made.reports()).toMatchObject([{ key: "test/kubelet-metrics", state: { state: "live" }, objects: 1 }]);
  });

  it.each([
    [403, { state: "forbidden", rule: { resource: "nodes/metrics", verbs: ["get"] } }],
    [401, { state: "failed", error: { code: "unauthorized" } }],
    [500, { state: "failed", error: { code: "server" } }],
  ])("status %i is told for that node, and only for it", async (status, state) => {
    const good = await kubelet((response) => void response.end(row(1)));
    const bad = await kubelet((response) => void response.writeHead(status).end("secret body"));
    const made = scraper();
    made.setTargets([target("good", good), target("bad", bad)]);
    await until(() => made.reports().length === 2 && made.pods().size === 1);
    expect(made.reports()).toMatchObject([
      { part: null, state: { state: "live" } },
      { part: "bad", state },
    ]);
    expect(JSON.stringify(made.reports())).not.toMatch(/secret/);
  });

  const resourcePage = () => {
    const labels = '{container="build",namespace="ci",pod="p"}';
    const at = ++counter * 10_000;
    return [
      `container_cpu_usage_seconds_total${labels} ${counter} ${at}`,
      `container_memory_working_set_bytes${labels} 77 ${at}`,
      `node_cpu_usage_seconds_total ${counter} ${at}`,
      `node_memory_working_set_bytes 5e9 ${at}`,
      "resource_scrape_error 0",
    ].join("\n");
  };
  const usageOf = (made: ReturnType<typeof scraper>) => [...(made.pods().get("u1")?.containers.values() ?? [])][0]?.usage;

  it.each([
    ["forbidden", true, (response: ServerResponse) => response.writeHead(403).end()],
    ["absent", true, (response: ServerResponse) => response.writeHead(404).end()],
    ["absent", false, (response: ServerResponse) => response.end("container_scrape_error 0\n")],
  ] as const)(
    "a cAdvisor page that is %s: the resource page is read, and says that throttling and kills are not measured",
    async (because, refused, refuse) => {
      let rich = false;
      const urls: string[] = [];
      const origin = await kubelet((response, _, url) => {
        urls.push(url);
        if (url === "/metrics/resource") response.end(resourcePage());
        else if (rich) response.end(row(9));
        else refuse(response);
      });
      const made = scraper();
      made.setTargets([target("n1", origin)]);
      await until(() => (usageOf(made)?.samples ?? 0) >= 3);
      expect(usageOf(made)).toMatchObject({ way: "resource", memoryBytes: 77, cpuMillicores: 100, cfs: null, oom: null });
      expect(usageOf(made)?.unmeasured).toEqual(expect.arrayContaining(["throttling", "oom-counter"]));
      expect(made.machines().get("n1")).toMatchObject({ workingSetBytes: 5e9 });
      const way = { name: "resource", because, lacks: expect.arrayContaining(["throttling", "oom-counter"]) };
      await until(() => made.reports().length === 2);
      expect(made.reports()).toMatchObject([
        { part: null, state: { state: "live" }, way },
        { part: "n1", state: { state: "live" }, way },
      ]);
      // A refusal is not asked for again each time; a page without rows is.
      rich = true;
      const asked = () => urls.filter((url) => url === "/metrics/cadvisor").length;
      const before = asked();
      const turns = urls.length;
      await until(() => (refused ? urls.length > turns + 3 : made.reports().length === 1 && usageOf(made)?.way === "cadvisor"));
      expect(asked() === before).toBe(refused);
    },
  );

  it("of the cluster the poorer way is said unless some node is read in the richer one; one that does not answer is no such node", async () => {
    const poor = await kubelet(
      (response, _, url) => void (url === "/metrics/resource" ? response.end(resourcePage()) : response.writeHead(404).end()),
    );
    const ill = await kubelet((response) => void response.writeHead(500).end());
    const good = await kubelet((response) => void response.end(row(1)));
    const made = scraper();
    made.setTargets([target("poor", poor), target("ill", ill)]);
    await until(() => made.reports()[0]?.way?.name === "resource" && made.reports().length === 3);
    made.setTargets([target("poor", poor), target("ill", ill), target("good", good)]);
    await until(() => made.reports()[0]?.objects === 2);
    expect(made.reports()[0]).not.toHaveProperty("way");
  });

  it("where another source tells more, the poorer page's containers are left to it, and the node is still read", async () => {
    const origin = await kubelet(
      (response, _, url) => void (url === "/metrics/resource" ? response.end(resourcePage()) : response.writeHead(404).end()),
    );
    const made = scraper({}, { hasRicher: () => true });
    made.setTargets([target("n1", origin)]);
    await until(() => made.machines().get("n1")?.cpuMillicores === 100);
    expect(made.pods().size).toBe(0);
  });

  it("asks for fresh credentials after a 401 and heals", async () => {
    const asked: boolean[] = [];
    const origin = await kubelet((response, headers) =>
      headers["authorization"] === "Bearer new" ? void response.end(row(1)) : void response.writeHead(401).end(),
    );
    const made = scraper({
      authorize: (options) => {
        asked.push(options?.fresh ?? false);
        return Promise.resolve({ authorization: options?.fresh ? "Bearer new" : "Bearer old" });
      },
    });
    made.setTargets([target("n1", origin)]);
    await until(() => made.pods().size === 1);
    expect(asked.slice(0, 2)).toEqual([false, true]);
  });

  it("a node that falls silent keeps its last figures and is stale", async () => {
    let broken = false;
    const origin = await kubelet((response) => void (broken ? response.socket?.destroy() : response.end(row(7))));
    const made = scraper();
    made.setTargets([target("n1", origin)]);
    await until(() => made.pods().size === 1);
    broken = true;
    await until(() => made.reports().some((report) => report.part === "n1" && report.state.state === "stale"));
    expect([...made.pods().get("u1")!.containers.values()][0]?.usage.memoryBytes).toBe(7);
  });

  it("a page that is cut in the middle of its gzip is an error, not half a page", async () => {
    const origin = await kubelet((response) => {
      const bytes = gzipSync(row(3).repeat(500));
      response.writeHead(200, { "content-encoding": "gzip", "content-length": bytes.length });
      response.write(bytes.subarray(0, 60), () => response.socket?.destroy());
    });
    const made = scraper();
    made.setTargets([target("n1", origin)]);
    await until(() => made.reports().length === 2);
    expect(made.pods().size).toBe(0);
  });

  it("a node without an address is asked nothing, and a node no longer named is not asked again", async () => {
    let calls = 0;
    const origin = await kubelet((response) => void (calls++, response.end(row(1))));
    const made = scraper();
    made.setTargets([target("n1", origin), target("n2", null)]);
    await until(() => calls > 1);
    made.setTargets([]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const before = calls;
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(calls).toBe(before);
    expect(made.reports()).toMatchObject([{ part: null, state: { state: "live" }, objects: 0 }]);
  });
});
