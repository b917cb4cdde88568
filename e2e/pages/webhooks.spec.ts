import { expect, test } from "@playwright/test";
import type { Job } from "../../lib/fleet/schema.ts";
import { freePort, startProduct } from "../product.ts";
import { startSimulator } from "../simulator.ts";

const HOOK = "/api/v1/hooks/gitlab";

test("GitLab's API is down and its webhooks come: how jobs ended is still told by GitLab", async () => {
  test.setTimeout(240_000);
  const port = await freePort();
  const simulator = await startSimulator([
    "--scenario",
    "calm",
    "--seed",
    "21",
    "--speed",
    "2",
    "--webhook",
    `http://127.0.0.1:${port}${HOOK}`,
  ]);
  const product = await startProduct({ ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "error" }, port);
  const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${product.url}${path}`)).json()) as T;
  const gitlabState = async () => {
    const { items } = await ask<{ items: { source: string; part: string | null; state: { state: string } }[] }>("/api/v1/sources");
    return items.find(({ source, part }) => source === "gitlab" && part === null)?.state.state;
  };
  try {
    await expect.poll(gitlabState, { timeout: 60_000 }).toBe("live");
    await simulator.press("gitlab:api", "500");
    await expect.poll(gitlabState, { timeout: 90_000 }).toMatch(/stale|failed/);
    const from = Date.now();
    const toldSince = async () => {
      const { items } = await ask<{ items: Job[] }>("/api/v1/jobs?state=finished&limit=500");
      const later = items.filter(({ deletedAt }) => deletedAt !== null && Date.parse(deletedAt) > from);
      return later.filter(({ gitlab: { status } }) => status.state === "known" && /^(success|failed|canceled)$/.test(status.value)).length;
    };
    await expect.poll(toldSince, { timeout: 120_000 }).toBeGreaterThan(2);
    expect(await gitlabState()).toMatch(/stale|failed/);
    const wrong = await fetch(`${product.url}${HOOK}`, { method: "POST", body: "{}", headers: { "x-gitlab-token": "wrong" } });
    expect(wrong.status).toBe(401);
  } finally {
    await product.stop();
    await simulator.stop();
  }
});
