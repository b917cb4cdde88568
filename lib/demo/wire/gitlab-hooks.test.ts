import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readHook } from "../../gitlab/read-hook.ts";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import { Simulator } from "./simulator.ts";

interface Hook {
  headers: IncomingHttpHeaders;
  body: unknown;
}

const received: Hook[] = [];
let status = 204;
let server: Server;
let simulator: Simulator;

beforeEach(async () => {
  received.length = 0;
  status = 204;
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      received.push({ headers: request.headers, body: JSON.parse(text) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/hooks/gitlab`;
  simulator = await Simulator.start({ plan: SCENARIOS["rush"]!.plan({ pods: null }), seed: 5, speed: 8, webhook });
}, 60_000);
afterEach(async () => {
  await simulator.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("job and pipeline events carry GitLab's headers and what the product's reader takes", { timeout: 60_000 }, async () => {
  const of = (kind: string) => received.filter(({ headers }) => headers["x-gitlab-event"] === kind);
  await vi.waitUntil(() => of("Job Hook").length > 20 && of("Pipeline Hook").length > 2, { timeout: 50_000 });
  for (const { headers, body } of received.slice(0, 30)) {
    expect(headers["x-gitlab-token"]).toBe(simulator.hooks!.secret);
    expect(headers["x-gitlab-event-uuid"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(readHook(body, Date.now())!.length).toBeGreaterThan(0);
  }
  const statuses = of("Job Hook").map(({ body }) => (body as { build_status: string }).build_status);
  expect(new Set(statuses).size).toBeGreaterThanOrEqual(2);
  const [job] = readHook(of("Job Hook").at(-1)!.body, Date.now())!;
  const known = simulator.fleet.gitlab.jobs.get(Number(job!.id))!;
  expect(job).toMatchObject({ name: known.spec.name, stage: known.spec.stage, projectPath: known.spec.project.path, readFrom: "webhook" });
});

test("four failures in a row disable the webhook, as GitLab does", { timeout: 60_000 }, async () => {
  await vi.waitUntil(() => simulator.hooks!.delivered > 0, { timeout: 50_000 });
  status = 500;
  await vi.waitUntil(() => simulator.hooks!.state.startsWith("disabled until"), { timeout: 50_000 });
  // Those that were on their way still come; after them nothing does, though jobs go on.
  const quiet = async () => {
    const before = received.length;
    const jobs = simulator.fleet.gitlab.jobs.size;
    await vi.waitUntil(() => simulator.fleet.gitlab.jobs.size > jobs, { timeout: 50_000 });
    return received.length - before;
  };
  await expect.poll(quiet, { timeout: 55_000 }).toBe(0);
});
