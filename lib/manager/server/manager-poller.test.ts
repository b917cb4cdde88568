import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { sourceReportSchema } from "../../base/source-state.ts";
import { managerReadingSchema } from "../schema.ts";
import { ManagerPoller, type ManagerTarget } from "./manager-poller.ts";

const recorded = (name: string) => readFileSync(path.join(import.meta.dirname, "../recorded", name), "utf8");
const BUSY = { "/metrics": recorded("busy.metrics.txt"), "/debug/jobs/list": recorded("busy.jobs.txt") };

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop();
});

async function manager(key: string, answer: (url: string, response: ServerResponse) => void): Promise<ManagerTarget> {
  const server = createServer((request, response) => answer(request.url ?? "", response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) });
  return { key, address: "127.0.0.1", port: (server.address() as { port: number }).port };
}

const busy = (url: string, response: ServerResponse) =>
  void response.writeHead(200, url === "/debug/jobs/list" ? { "x-list-version": "2" } : {}).end(BUSY[url as keyof typeof BUSY]);

function poller(options: Partial<ConstructorParameters<typeof ManagerPoller>[0]> = {}): ManagerPoller {
  const made = new ManagerPoller({
    cluster: "test",
    clock: systemClock,
    random: () => 0,
    log: { warn: () => {} },
    intervalMs: 20,
    timeoutMs: 300,
    ...options,
  });
  open.push(made);
  return made;
}

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(what()).toBe(true);
}

describe("the manager poller", () => {
  it("reads both pages of a manager and keeps reading", async () => {
    const urls: string[] = [];
    const made = poller();
    made.setTargets([await manager("m1", (url, response) => (urls.push(url), busy(url, response)))]);
    await until(() => urls.length > 6);
    const reading = made.readings().get("m1")!;
    expect(managerReadingSchema.parse(structuredClone(reading))).toEqual(reading);
    expect(reading).toMatchObject({
      state: { state: "live" },
      metrics: { concurrent: 10 },
      jobs: { length: 7 },
      polls: [{ shortToken: "bedtokenr" }],
    });
    expect(new Set(urls)).toEqual(new Set(Object.keys(BUSY)));
    const reports = made.reports();
    expect(reports.map((report) => sourceReportSchema.parse(report))).toMatchObject([
      { key: "test/managers", objects: 1, state: { state: "live" } },
    ]);
    expect(reports[0]?.requestsPerMinute).toBeGreaterThanOrEqual(6);
  });

  it.each<[string, string, (url: string, response: ServerResponse) => void]>([
    ["a server error", "server", (_, response) => void response.writeHead(500).end()],
    ["a reset", "unreachable", (_, response) => void response.socket?.destroy()],
    ["silence", "timeout", () => {}],
    ["half a page, then silence", "timeout", (_, response) => void response.write("gitlab_runner_concurrent 10\n")],
    ["a page without end", "protocol", (_, response) => void response.end("# x\n".repeat(20_000))],
    ["another server's page", "protocol", (url, response) => void response.end(url === "/metrics" ? "<html>hello</html>" : "")],
    ["a redirect", "protocol", (_, response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end()],
    ["a gate that wants credentials", "unauthorized", (_, response) => void response.writeHead(401).end()],
  ])("%s is an error with a code, and no reading", async (_, code, answer) => {
    const made = poller({ maxBytes: 50_000 });
    made.setTargets([await manager("m1", answer)]);
    await until(() => made.readings().get("m1")?.state.state === "failed");
    expect(made.readings().get("m1")).toMatchObject({ metrics: null, state: { error: { code } } });
    expect(made.reports()).toMatchObject([{ part: null }, { part: "m1", key: "test/managers/m1", state: { state: "failed" } }]);
  });

  it("a manager that falls silent keeps what it told, with its time; when it answers again it is live", async () => {
    let broken = false;
    const made = poller();
    made.setTargets([await manager("m1", (url, response) => (broken ? void response.socket?.destroy() : busy(url, response)))]);
    await until(() => made.readings().get("m1")?.state.state === "live");
    broken = true;
    await until(() => made.readings().get("m1")?.state.state === "stale");
    const { metricsAt, metrics } = made.readings().get("m1")!;
    expect(metrics?.concurrent).toBe(10);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(made.readings().get("m1")?.metricsAt).toBe(metricsAt);
    broken = false;
    await until(() => made.readings().get("m1")?.state.state === "live");
  });

  it("one page of two missing: the other is still taken, and the state says that something is wrong", async () => {
    const made = poller();
    made.setTargets([
      await manager("m1", (url, response) => (url === "/metrics" ? busy(url, response) : void response.writeHead(404).end())),
    ]);
    await until(() => made.readings().get("m1")?.metrics !== null && made.readings().get("m1")?.state.state === "stale");
    expect(made.readings().get("m1")).toMatchObject({ jobs: null, metrics: { concurrent: 10 } });
  });

  it("is asked again soon when that is wanted, also while it is being read, and only the one that is named", async () => {
    const calls = { m1: 0, m2: 0 };
    let during = (): void => {};
    const target = (key: "m1" | "m2") =>
      manager(key, (url, response) => {
        if (url === "/metrics") calls[key] += 1;
        if (key === "m1") during();
        busy(url, response);
      });
    const made = poller({ intervalMs: 3_600_000 });
    during = () => {
      during = () => {};
      made.soon(10, new Set(["m1"]));
    };
    made.setTargets([await target("m1"), await target("m2")]);
    await until(() => calls.m1 === 2 && calls.m2 === 1);
    await until(() => made.readings().get("m1")?.state.state === "live");
    made.soon(10, new Set(["m1"]));
    await until(() => calls.m1 === 3);
    made.soon(10);
    await until(() => calls.m1 === 4 && calls.m2 === 2);
    expect(calls).toEqual({ m1: 4, m2: 2 });
  });

  it("asks at most ten at once, and slow ones do not stop the others for ever", async () => {
    let now = 0;
    let most = 0;
    const targets = await Promise.all(
      Array.from({ length: 25 }, (_, i) =>
        manager(`m${i}`, (url, response) => {
          most = Math.max(most, ++now);
          setTimeout(() => (now--, busy(url, response)), 15);
        }),
      ),
    );
    const made = poller({ intervalMs: 5 });
    made.setTargets(targets);
    await until(() => [...made.readings().values()].every(({ state }) => state.state === "live"));
    expect(most).toBeLessThanOrEqual(20);
    expect(most).toBeGreaterThan(2);
  });

  it("a manager without an address is not asked; one no longer named is forgotten; nothing runs after stop", async () => {
    let calls = 0;
    const target = await manager("m1", (url, response) => (calls++, busy(url, response)));
    const made = poller();
    made.setTargets([{ ...target, address: null }]);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect([calls, made.readings().get("m1")?.state.state]).toEqual([0, "connecting"]);
    made.setTargets([target]);
    await until(() => calls > 2);
    made.setTargets([]);
    expect(made.readings().size).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = calls;
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(calls).toBe(before);
    made.setTargets([target]);
    await until(() => calls > before);
    await made.stop();
    const after = calls;
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(calls).toBe(after);
  });
});
