import https from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import { askWire } from "./ask-wire.ts";
import { openControlPage, type ControlPage } from "./control-page.ts";
import { Simulator } from "./simulator.ts";

/** Every fault verb on the simulated API server, ordered on the control page and seen on the wire. */
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

const ca = () => simulator.apis.get("ci")!.authority.certificate;
const ask = (url: string, headers: Record<string, string>, giveUpMs?: number) => askWire(url, { headers, ca: ca(), giveUpMs });

async function press(target: string, verb: string, path = ""): Promise<number> {
  const body = new URLSearchParams({ target, verb, path });
  return (await fetch(control.url, { method: "POST", body, redirect: "manual" })).status;
}

describe("API server", () => {
  const url = (path: string) => simulator.apis.get("ci")!.url + path;
  const headers = () => ({ authorization: `Bearer ${simulator.apis.get("ci")!.access.get("admin").token}` });
  /** What a new watch of pods gives within a moment: its lines, and how it ended. */
  const watch = (ms = 1_500): Promise<{ text: string; ended: string | null }> =>
    new Promise((resolve) => {
      let text = "";
      const options = { headers: headers(), agent: false, ca: ca() };
      const request = https.get(url("/api/v1/pods?watch=true&allowWatchBookmarks=true"), options, (response) => {
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
        response.on("end", () => done("end"));
      });
      const timer = setTimeout(() => (request.destroy(), done(null)), ms);
      const done = (ended: string | null) => (clearTimeout(timer), resolve({ text, ended }));
      request.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    });
  const pressOn = async (resource: string, verb: string) =>
    (await fetch(control.url, { method: "POST", body: new URLSearchParams({ target: "api:ci", verb, resource }), redirect: "manual" }))
      .status;
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
    // "down" is a server that is not there: it is not a fault that stands.
    const page = await (await fetch(control.url)).text();
    expect([verb, page.includes(`<td>${verb}</td>`)]).toEqual([verb, verb !== "down"]);
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

  test("silent: requests and watches get nothing, and well again", async () => {
    await press("api:ci", "silent");
    await expect(ask(url("/version"), headers(), 700)).rejects.toThrow("silent");
    expect(await watch(700)).toEqual({ text: "", ended: null });
    await well();
  });

  test("the right to watch one resource revoked: 403 by the rules of RBAC, and well again", async () => {
    expect(await pressOn("events", "revoke watch")).toBe(303);
    const status = async (path: string) => (await ask(url(path), headers())).status;
    expect([await status("/api/v1/events?watch=true"), await status("/api/v1/events?limit=1"), (await list()).status]).toEqual([
      403, 200, 200,
    ]);
    expect((await ask(url("/api/v1/events?watch=true"), headers())).body).toContain("cannot watch resource");
    await well();
  });

  test("one resource only", async () => {
    expect(await pressOn("events", "403")).toBe(303);
    expect([(await ask(url("/api/v1/events?limit=1"), headers())).status, (await list()).status]).toEqual([403, 200]);
    await well();
  });
});
