import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import { askWire } from "./ask-wire.ts";
import { openControlPage, type ControlPage } from "./control-page.ts";
import type { ServerFault } from "./server-fault.ts";
import type { SimulatedServer } from "./simulated-server.ts";
import { Simulator } from "./simulator.ts";

/** Every fault verb on every kind of simulated server, ordered on the control page and seen on the wire. */
let simulator: Simulator;
let control: ControlPage;

beforeAll(async () => {
  simulator = await Simulator.start({ plan: SCENARIOS["calm"]!.plan({ pods: null }), seed: 3, speed: 1 });
  control = await openControlPage(simulator, { scenario: "calm", pods: null, seed: 3, speed: 1, webhook: null });
}, 60_000);
afterAll(async () => {
  await control.close();
  await simulator.stop();
});

interface Subject {
  server: SimulatedServer;
  target: string;
  url: string;
  other: string;
  headers: Record<string, string>;
}

const SUBJECTS: Record<string, () => Subject> = {
  kubelet: () => {
    const server = simulator.kubelets.servers.get("ci-node-1")!;
    const base = `https://127.0.0.1:${server.port}`;
    const { token } = simulator.apis.get("ci")!.access.get("admin");
    const headers = { authorization: `Bearer ${token}` };
    return { server, target: "kubelet:ci-node-1", url: `${base}/metrics/cadvisor`, other: `${base}/metrics/resource`, headers };
  },
  manager: () => {
    const [{ server, address }] = simulator.managers.servers as [(typeof simulator.managers.servers)[0]];
    const base = `http://${address.ip}:${address.port}`;
    return { server, target: "manager:ci 0", url: `${base}/metrics`, other: `${base}/debug/jobs/list`, headers: {} };
  },
  gitlab: () => {
    const { server, url, token } = simulator.gitlab;
    const headers = { "private-token": token };
    return { server, target: "gitlab:api", url: `${url}/api/v4/runners/all`, other: `${url}/api/v4/version`, headers };
  },
  prometheus: () => {
    const { server, url } = simulator.prometheus;
    return {
      server,
      target: "prometheus:api",
      url: `${url}/api/v1/query?query=gitlab_runner_concurrent`,
      other: `${url}/-/ready`,
      headers: {},
    };
  },
};

const ca = () => simulator.apis.get("ci")!.authority.certificate;
const ask = (url: string, headers: Record<string, string>, giveUpMs?: number) => askWire(url, { headers, ca: ca(), giveUpMs });

async function press(target: string, verb: string, path = ""): Promise<number> {
  const body = new URLSearchParams({ target, verb, path });
  return (await fetch(control.url, { method: "POST", body, redirect: "manual" })).status;
}

type Check = (subject: Subject) => Promise<void>;

const refusedWith =
  (status: number): Check =>
  async ({ url, headers }) =>
    expect((await ask(url, headers)).status).toBe(status);

const CHECKS: Record<ServerFault, Check> = {
  refuse: async ({ url, headers }) => expect(ask(url, headers)).rejects.toThrow("ECONNREFUSED"),
  cut: async ({ url, headers }) => expect(ask(url, headers)).rejects.toThrow(/ECONNRESET|aborted/),
  // The connection stands and nothing comes; how long is the asker's matter.
  stall: async ({ url, headers }) => expect(ask(url, headers, 700)).rejects.toThrow("silent"),
  // A whole page would take minutes: the first piece is enough, and that it is not the whole.
  drip: async ({ url, headers }) => {
    const [piece, whole] = await new Promise<[number, number]>((resolve, reject) => {
      const options = { headers, agent: false, ca: ca() };
      const request = (url.startsWith("https:") ? https : http).get(url, options, (response) => {
        response.once("data", (chunk: Buffer) => {
          resolve([chunk.length, Number(response.headers["content-length"])]);
          request.destroy();
        });
      });
      request.on("error", reject);
    });
    expect(piece).toBeLessThan(whole);
  },
  garble: async ({ url, headers }) => expect((await ask(url, headers)).body).toMatch(/\}\{ garbled$/),
  "401": refusedWith(401),
  "403": refusedWith(403),
  "410": refusedWith(410),
  "429": async ({ url, headers }) => {
    const seen = await ask(url, headers);
    expect([seen.status, seen.headers["retry-after"]]).toEqual([429, "15"]);
  },
  "500": refusedWith(500),
  slow: async ({ url, headers }) => {
    const seen = await ask(url, headers);
    expect(seen.status).toBe(200);
    expect(seen.firstMs).toBeGreaterThan(7_500);
  },
  "clock +5 min": async ({ url, headers, server }) => {
    const seen = await ask(url, headers);
    expect(Date.parse(seen.headers.date ?? "") - Date.now()).toBeGreaterThan(290_000);
    const stamps = [...seen.body.matchAll(/(?<= )\d{13}$/gm)].map(([stamp]) => Number(stamp));
    if (server.name.startsWith("kubelet")) expect(Math.max(...stamps) - Date.now()).toBeGreaterThan(270_000);
  },
  "slow TLS": async ({ url, headers }) => {
    const seen = await ask(url, headers);
    expect(seen.status).toBe(200);
    expect(seen.firstMs).toBeGreaterThan(5_500);
  },
  "expired certificate": async ({ url, headers }) => expect(ask(url, headers)).rejects.toThrow("CERT_HAS_EXPIRED"),
};

/** The checks of one kind of server name it, because all kinds are tried at once: some verbs take seconds. */
const onEach = (check: (subject: Subject) => Promise<void>) =>
  Promise.all(
    Object.entries(SUBJECTS).map(([kind, subject]) =>
      check(subject()).catch((error: unknown) => {
        throw new Error(`${kind}: ${String(error)}`, { cause: error });
      }),
    ),
  );

describe("kubelet, manager, GitLab, Prometheus", () => {
  test.each(Object.keys(CHECKS) as ServerFault[])("%s, and well again", { timeout: 60_000 }, async (verb) => {
    await onEach(async (subject) => {
      const { server, target, url, headers } = subject;
      // A server of plain HTTP has no certificate: the page offers no such button.
      const known = server.faults.includes(verb);
      expect(await press(target, verb)).toBe(known ? 303 : 400);
      if (known) await CHECKS[verb](subject);
      expect(await press(target, "well")).toBe(303);
      expect((await ask(url, headers)).status).toBe(200);
    });
  });

  test("one endpoint only", async () => {
    await onEach(async ({ target, url, other, headers }) => {
      expect(await press(target, "500", new URL(url).pathname)).toBe(303);
      expect([(await ask(url, headers)).status, (await ask(other, headers)).status]).toEqual([500, 200]);
      expect(await press(target, "well")).toBe(303);
      expect((await ask(url, headers)).status).toBe(200);
    });
  });
});

test("GitLab's new token makes the old one worthless until the product's file holds it", async () => {
  const { url } = SUBJECTS["gitlab"]!();
  const file = simulator.environment["GITLAB_TOKEN_FILE"]!;
  const status = async () => (await ask(url, { "private-token": readFileSync(file, "utf8") })).status;
  expect(await press("gitlab:api", "new token")).toBe(303);
  expect(await status()).toBe(401);
  expect(await press("gitlab:api", "well")).toBe(303);
  expect(await status()).toBe(200);
});

test("GitLab's narrow token reads the user and nothing else, until it is well; each request is counted", async () => {
  const { url, server } = simulator.gitlab;
  const counted = async () => ((await (await fetch(`${control.url}/requests`)).json()) as Record<string, number>)["gitlab api"] ?? 0;
  const before = await counted();
  expect(await press("gitlab:api", "narrow token")).toBe(303);
  const token = () => readFileSync(simulator.environment["GITLAB_TOKEN_FILE"]!, "utf8");
  const read = (path: string) => ask(`${url}${path}`, { "private-token": token() });
  expect((await read("/api/v4/user")).status).toBe(200);
  expect(await read("/api/v4/runners/all")).toMatchObject({ status: 403, body: expect.stringContaining("insufficient_scope") as string });
  expect(await counted()).toBe(before + 2);
  expect(await press("gitlab:api", "well")).toBe(303);
  expect((await read("/api/v4/runners/all")).status).toBe(200);
  expect(server.requests).toBe(before + 3);
});
