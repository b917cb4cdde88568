import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock, type Clock } from "../../base/clock.ts";
import { fastClock } from "../../testing/fast-clock.ts";
import { serveHttp } from "../../testing/serve-http.ts";
import { PodUsages } from "../pod-usages.ts";
import type { Wanted } from "../schema.ts";
import { PrometheusClient, type PrometheusSettings } from "./prometheus-client.ts";
import { PrometheusPoller } from "./prometheus-poller.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

const ID = "a".repeat(64);
const UID = "008ab238-12b2-4059-b0ca-14ae55593a7b";
const wanted: Wanted = new Map([[ID, { podUid: UID, namespace: "ci", pod: "runner-x", name: "build" }]]);
const NOW_S = Math.floor(Date.now() / 1_000);

interface Asked {
  path: string;
  query: string;
  headers: NodeJS.Dict<string | string[]>;
}

/** What Prometheus writes for a range vector: counters that grow by `cpu` each 15 s, in series with these labels. */
function matrix(labels: Record<string, string>, metrics: Record<string, (step: number) => number | string>, more: object = {}): string {
  const result = Object.entries(metrics).map(([name, value]) => ({
    metric: { __name__: name, ...labels },
    values: [0, 1, 2].map((step) => [NOW_S - 30 + step * 15, String(value(step))]),
  }));
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result }, ...more });
}
const LABELS = { job: "kubelet", namespace: "ci", pod: "runner-x", container: "build" };
const CPU = { container_cpu_usage_seconds_total: (step: number) => step * 15, container_memory_working_set_bytes: () => 2 ** 20 };
const CFS = {
  container_cpu_cfs_periods_total: (step: number) => step * 100,
  container_cpu_cfs_throttled_periods_total: (step: number) => step * 40,
};
const EMPTY = JSON.stringify({ status: "success", data: { resultType: "matrix", result: [] } });

async function start(
  answer: (asked: Asked, response: ServerResponse) => void,
  {
    settings = {},
    timeoutMs = 10_000,
    clock = systemClock,
  }: { settings?: Partial<PrometheusSettings>; timeoutMs?: number; clock?: Clock } = {},
) {
  const asked: Asked[] = [];
  const server = await serveHttp((request, response, body) => {
    const one = { path: request.url ?? "", query: new URLSearchParams(body).get("query") ?? "", headers: request.headers };
    asked.push(one);
    answer(one, response);
  });
  open.push(() => server.stop());
  const usages = new PodUsages();
  const api = new PrometheusClient({ url: server.origin, tokenFile: null, ca: null, tenant: null, ...settings }, clock, timeoutMs);
  const poller = new PrometheusPoller({
    cluster: "test",
    api,
    usages,
    clock,
    random: () => 0,
    log: { warn: () => {} },
    intervalMs: clock === systemClock ? 30 : 15_000,
  });
  open.push(() => poller.stop());
  poller.setWanted(wanted);
  const use = () => usages.snapshot().get(UID)?.containers.get(ID)?.usage;
  return { poller, asked, use };
}

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !what(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(what()).toBe(true);
}

describe("a Prometheus in place of kubelets", () => {
  it("gives rates, throttling and kills from raw samples, asked for by POST with the pods' names", async () => {
    const { poller, asked, use } = await start((_, response) =>
      response.end(matrix(LABELS, { ...CPU, ...CFS, container_oom_events_total: (step) => (step === 2 ? 1 : 0) })),
    );
    await until(() => use()?.samples === 3);
    expect(use()).toMatchObject({
      cpuMillicores: 1_000,
      cfs: { periods: 200, throttledPeriods: 80, stepShare: 0.4 },
      oom: { events: 1, firstSeenAt: new Date(NOW_S * 1_000).toISOString() },
      way: "prometheus",
    });
    expect(use()?.unmeasured).toEqual(["kernel-peak", "limit-hits", "pressure", "storage"]);
    await until(() => poller.report().state.state === "live");
    expect(asked[0]).toMatchObject({ path: "/api/v1/query", headers: { "content-type": "application/x-www-form-urlencoded" } });
    expect(asked[0]?.query).toMatch(/^\{__name__=~"container_cpu_usage_seconds_total\|.*",pod=~"runner-x"\}\[900s\]$/);
    await until(() => asked.length > 2);
    expect(asked.at(-1)?.query).toMatch(/\[120s\]$/);
  });

  it("tells a store that drops the counters (not measured) from a container without a quota", async () => {
    const dropped = await start((_, response) => response.end(matrix(LABELS, CPU)));
    await until(() => dropped.use() !== undefined);
    expect(dropped.use()).toMatchObject({ cfs: null });
    expect(dropped.use()?.unmeasured).toContain("throttling");
    expect(dropped.poller.report().way?.lacks).toContain("throttling");
    const other = JSON.parse(matrix({ ...LABELS, container: "helper" }, CFS)) as { data: { result: unknown[] } };
    const kept = await start((_, response) => {
      const whole = JSON.parse(matrix(LABELS, CPU)) as typeof other;
      response.end(JSON.stringify({ ...whole, data: { ...whole.data, result: [...whole.data.result, ...other.data.result] } }));
    });
    await until(() => kept.use() !== undefined);
    expect(kept.use()).toMatchObject({ cfs: null });
    expect(kept.use()?.unmeasured).not.toContain("throttling");
  });

  it.each<[string, RegExp, Record<string, string>]>([
    [
      "exported_pod (honor_labels: false)",
      /,exported_pod=~/,
      {
        pod: "prometheus-node-x",
        namespace: "monitoring",
        exported_pod: "runner-x",
        exported_namespace: "ci",
        exported_container: "build",
        container: "kubelet",
      },
    ],
    ["pod_name (before Kubernetes 1.16)", /,pod_name=~/, { namespace: "ci", pod_name: "runner-x", container_name: "build" }],
    [
      "the cgroup's path",
      /,id=~"\.\*\(pod008ab238\[-_\]/,
      { container: "build", id: `/kubepods.slice/kubepods-pod${UID.replaceAll("-", "_")}.slice/cri-containerd-${ID}.scope` },
    ],
  ])("finds the containers by %s", async (_, pattern, labels) => {
    const { asked, use } = await start(({ query }, response) => response.end(pattern.test(query) ? matrix(labels, CPU) : EMPTY));
    await until(() => use() !== undefined);
    const found = asked.findIndex(({ query }) => pattern.test(query));
    await until(() => asked.length > found + 3);
    expect(asked.slice(found).every(({ query }) => pattern.test(query))).toBe(true);
  });

  it.each<[string, string, RegExp, (response: ServerResponse) => void]>([
    [
      "a query that is refused",
      "protocol",
      /bad_data: parse error/,
      (r) => r.writeHead(400).end('{"status":"error","errorType":"bad_data","error":"parse error"}'),
    ],
    [
      "an error of its own",
      "server",
      /status 503/,
      (r) => r.writeHead(503).end('{"status":"error","errorType":"unavailable","error":"x"}'),
    ],
    ["no tenant (Mimir)", "unauthorized", /status 401/, (r) => r.writeHead(401).end("no org id\n")],
    ["a tenant that is not allowed", "unauthorized", /status 403/, (r) => r.writeHead(403).end("")],
    ["too many requests", "throttled", /429/, (r) => r.writeHead(429).end("")],
    ["a login page", "protocol", /not JSON/, (r) => r.writeHead(200, { "content-type": "text/html" }).end("<html>login</html>")],
    ["a redirect to a login page", "protocol", /status 302/, (r) => r.writeHead(302, { location: "http://127.0.0.1:1/" }).end()],
    ["JSON of something else", "protocol", /no matrix/, (r) => r.end('{"status":"success","data":{"resultType":"vector","result":[]}}')],
    ["half an answer", "unreachable", /./, (r) => r.writeHead(200, { "content-length": 500 }).write("{", () => r.socket?.destroy())],
    ["silence", "timeout", /within 200 ms/, () => {}],
  ])("%s is a failed source with the code %s", async (_, code, detail, answer) => {
    const { poller, use } = await start((__, response) => answer(response), { timeoutMs: 200 });
    await until(() => poller.report().state.state === "failed");
    expect(poller.report().state).toMatchObject({ error: { code, detail: expect.stringMatching(detail) } });
    expect(poller.tells).toBe(false);
    expect(use()).toBeUndefined();
  });

  it("an answer that is not whole is taken, and said", async () => {
    const { poller, use } = await start((_, response) =>
      response.end(matrix(LABELS, CPU, { warnings: ["receive series from Addr: store-2: context deadline exceeded"] })),
    );
    await until(() => poller.report().state.state === "stale");
    expect(poller.report().state).toMatchObject({
      lastError: { code: "protocol", detail: expect.stringContaining("not whole: receive series") },
    });
    expect(use()?.samples).toBe(3);
    expect(poller.tells).toBe(true);
  });

  it("that knows nothing of these pods for two minutes is another tenant's or cluster's: it says so, and looks again", async () => {
    let known = false;
    const { poller, asked, use } = await start((_, response) => response.end(known ? matrix(LABELS, CPU) : EMPTY), {
      clock: fastClock(500),
    });
    await until(() => poller.report().state.state === "live");
    expect([poller.tells, poller.report().way]).toEqual([false, undefined]);
    await until(() => poller.report().state.state === "stale");
    expect(poller.report().state).toMatchObject({ lastError: { code: "protocol", detail: expect.stringContaining("another tenant") } });
    expect(use()).toBeUndefined();
    known = true;
    await until(() => poller.report().state.state === "live" && poller.tells);
    poller.setWanted(new Map());
    const before = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked.length - before).toBeLessThanOrEqual(1);
  });

  it("sends token and tenant, and reads the token again after a 401", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-token-"));
    open.push(() => rmSync(folder, { recursive: true }));
    const tokenFile = path.join(folder, "token");
    writeFileSync(tokenFile, "old\n");
    const { asked, use } = await start(
      ({ headers }, response) => {
        if (headers["authorization"] === "Bearer new") return void response.end(matrix(LABELS, CPU));
        writeFileSync(tokenFile, "new\n");
        response.writeHead(401).end();
      },
      { settings: { tokenFile, tenant: "ci" } },
    );
    await until(() => use() !== undefined);
    expect(asked.slice(0, 2).map(({ headers }) => [headers["authorization"], headers["x-scope-orgid"]])).toEqual([
      ["Bearer old", "ci"],
      ["Bearer new", "ci"],
    ]);
  });

  it("a token file that cannot be read is named by its variable, and nothing is asked", async () => {
    const { poller, asked } = await start((_, response) => void response.end(EMPTY), { settings: { tokenFile: "/nowhere/token" } });
    await until(() => poller.report().state.state === "failed");
    expect(poller.report().state).toMatchObject({
      error: { code: "credentials", detail: expect.stringContaining("PROMETHEUS_TOKEN_FILE") },
    });
    expect(asked).toEqual([]);
  });
});
