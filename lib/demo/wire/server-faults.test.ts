import http, { type IncomingHttpHeaders } from "node:http";
import https from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SCENARIOS } from "../scenarios/catalogue.ts";
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

interface Seen {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** When the first and the last byte of the body came, ms after the request. */
  firstMs: number;
  lastMs: number;
}

/** One request on a connection of its own. Rejects with the error's code; after `giveUpMs` with "silent". */
function ask(url: string, headers: Record<string, string>, giveUpMs = 30_000): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const options = { headers, agent: false, ca: simulator.apis.get("ci")!.authority.certificate };
    const fail = (error: NodeJS.ErrnoException) => reject(new Error(error.code ?? error.message));
    const request = (url.startsWith("https:") ? https : http).get(url, options, (response) => {
      let body = "";
      let firstMs = 0;
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        if (body === "") firstMs = performance.now() - start;
        body += chunk;
      });
      response.on("error", fail);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, firstMs, lastMs: performance.now() - start }),
      );
    });
    request.setTimeout(giveUpMs, () => request.destroy(Object.assign(new Error("silent"), { code: "silent" })));
    request.on("error", fail);
  });
}

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
      const options = { headers, agent: false, ca: simulator.apis.get("ci")!.authority.certificate };
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

describe("API server", () => {
  const url = (path: string) => simulator.apis.get("ci")!.url + path;
  const headers = () => ({ authorization: `Bearer ${simulator.apis.get("ci")!.access.get("admin").token}` });
  /** What a new watch of pods gives within a moment: its lines, and how it ended. */
  const watch = (ms = 1_500): Promise<{ text: string; ended: string | null }> =>
    new Promise((resolve) => {
      let text = "";
      const options = { headers: headers(), agent: false, ca: simulator.apis.get("ci")!.authority.certificate };
      const request = https.get(url("/api/v1/pods?watch=true&allowWatchBookmarks=true"), options, (response) => {
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
        response.on("end", () => done("end"));
      });
      const timer = setTimeout(() => (request.destroy(), done(null)), ms);
      const done = (ended: string | null) => (clearTimeout(timer), resolve({ text, ended }));
      request.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    });
  const list = () => ask(url("/api/v1/pods?limit=1"), headers());
  const well = async () => {
    expect(await press("api:ci", "well")).toBe(303);
    expect((await list()).status).toBe(200);
  };

  test.each([
    ["401", 401],
    ["403", 403],
    ["429", 429],
    ["500", 500],
  ] as const)("%s, and well again", async (verb, status) => {
    await press("api:ci", verb);
    expect((await list()).status).toBe(status);
    await well();
  });

  type Watched = Awaited<ReturnType<typeof watch>>;
  const WATCHED: Record<string, (seen: Watched) => void> = {
    cut: ({ ended }) => expect(ended).toMatch(/ECONNRESET|aborted/),
    stall: (seen) => expect(seen).toEqual({ text: "", ended: null }),
    drip: ({ text, ended }) => expect([ended, text.length > 0 && text.length < 4_000]).toEqual([null, true]),
    garble: ({ text }) => {
      const lines = text.trim().split("\n");
      expect(() => lines.map((line) => JSON.parse(line) as unknown)).toThrow(SyntaxError);
    },
    "410": ({ text, ended }) => expect([text.includes('"code":410'), ended]).toEqual([true, "end"]),
  };
  test.each(Object.keys(WATCHED))("%s of a watch, and well again", async (verb) => {
    expect(await press("api:ci", verb)).toBe(303);
    WATCHED[verb]!(await watch());
    await well();
  });

  test.each([
    ["refuse", /ECONNRESET|socket hang up/],
    ["down", /ECONNREFUSED/],
    ["expired certificate", /CERT_HAS_EXPIRED/],
  ] as const)("%s, and well again", async (verb, error) => {
    await press("api:ci", verb);
    await expect(list()).rejects.toThrow(error);
    await well();
  });

  test("slow TLS, and well again", { timeout: 30_000 }, async () => {
    await press("api:ci", "slow TLS");
    expect((await list()).firstMs).toBeGreaterThan(5_500);
    await well();
  });

  test("clock +5 min, and well again", async () => {
    await press("api:ci", "clock +5 min");
    expect(Date.parse((await list()).headers.date ?? "") - Date.now()).toBeGreaterThan(290_000);
    await well();
  });

  test("a new token makes the old one worthless", async () => {
    const old = headers();
    await press("api:ci", "new token");
    expect((await ask(url("/api/v1/pods?limit=1"), old)).status).toBe(401);
    expect((await list()).status).toBe(200);
  });

  test("one resource only", async () => {
    await fetch(control.url, {
      method: "POST",
      body: new URLSearchParams({ target: "api:ci", verb: "403", resource: "events" }),
      redirect: "manual",
    });
    expect([(await ask(url("/api/v1/events?limit=1"), headers())).status, (await list()).status]).toEqual([403, 200]);
    await well();
  });
});
