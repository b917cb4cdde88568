import { PLANTED_SECRETS } from "../../lib/testing/fake-api/planted-secrets.ts";
import { OOM_KILLED } from "../../lib/testing/fake-fleet.ts";
import { expect, test, untilLive } from "./fixture.ts";
import { Inspector } from "./inspector.ts";
import type { Stage } from "./stage.ts";
import { StreamReader } from "./stream-reader.ts";

/** Pods in every state that carries texts, each with secrets wherever a real pod has one. Returns those that are still there. */
function plant({ fleet }: Pick<Stage, "fleet">): string[] {
  const running = fleet.run({ jobName: "running", services: { db: "postgres:17", docker: "docker:28-dind" } });
  const pulling = fleet.create({ jobName: "pulling" });
  fleet.schedule(pulling);
  fleet.prepare(pulling);
  fleet.failPull(pulling);
  const killed = fleet.run({ jobName: "killed", services: { db: "postgres:17" } });
  fleet.endContainer(killed, "db", OOM_KILLED);
  const spoke = fleet.run({ jobName: "spoke" });
  fleet.endContainer(spoke, "helper", {
    exitCode: 1,
    reason: "Error",
    message: `leaving with ${PLANTED_SECRETS.find((secret) => secret.includes("termination"))}`,
  });
  const legacy = fleet.run({ jobName: "legacy", shape: "legacy" });
  const ended = fleet.run({ jobName: "ended" });
  fleet.delete(ended);
  fleet.finish(ended);
  return [running, pulling, killed, spoke, legacy];
}

const leaks = (text: string) => PLANTED_SECRETS.filter((secret) => text.includes(secret));

test("the API server really sends the secrets that are looked for below", async ({ openStage }) => {
  const stage = await openStage();
  plant(stage);
  const sent = JSON.stringify([stage.api.store.list("pods"), stage.api.store.list("events")]);
  expect(leaks(sent)).toEqual(PLANTED_SECRETS);
});

test("no planted secret in API answers, frames, pages, metrics, logs, or on the heap", async ({ page, openStage }) => {
  test.setTimeout(120_000);
  const stage = await openStage({ env: { RUNNERSCOPE_LOG_LEVEL: "debug", NODE_OPTIONS: "--inspect-port=0" } });
  const reader = await StreamReader.open(stage.url);
  const pods = plant(stage);
  await expect
    .poll(async () => (await stage.get<{ items: unknown[] }>("/api/v1/jobs?state=live&limit=500")).items.length)
    .toBe(pods.length);
  const paths = ["/", "/jobs", "/nodes", "/sources", "/metrics", "/readyz"];
  for (const path of ["fleet", "jobs?state=live", "jobs?state=finished", "managers", "nodes", "sources", "openapi.json"])
    paths.push(`/api/v1/${path}`);
  for (const pod of pods) {
    const { uid } = stage.fleet.pod(pod)!.metadata;
    paths.push(stage.jobPath(pod), `/api/v1/jobs/fake/${uid}`, `/api/v1/jobs/fake/${uid}/events`);
  }
  for (const path of paths) {
    const answer = await fetch(`${stage.url}${path}`);
    expect(answer.status, path).toBe(200);
    expect(leaks(await answer.text()), path).toEqual([]);
  }
  // What a browser makes of it, with all scripts run.
  for (const path of ["/jobs", ...pods.map((pod) => stage.jobPath(pod))]) {
    await page.goto(`${stage.url}${path}`);
    await untilLive(page);
    expect(leaks(await page.content()), path).toEqual([]);
  }
  // The log speaks when something is wrong, so something has to be.
  for (const verb of ["garble", "cut", "unauthorized", "fail"] as const) stage.api.faults.add({ verb, request: "watch", times: 3 });
  stage.api.faults.add({ verb: "cut", request: "watch", midLine: true, times: 5 });
  await expect.poll(() => stage.api.faults.list(), { timeout: 30_000 }).toEqual([]);
  expect(reader.frames.length).toBeGreaterThan(3);
  expect(leaks(reader.text)).toEqual([]);
  expect(stage.product.log()).toContain('"level"');
  expect(leaks(stage.product.log())).toEqual([]);
  reader.close();

  const inspector = await Inspector.open(stage.product.pid, () => stage.product.log());
  // A pod's name has to be there, or the search would prove nothing; raw lines, pages and env must not be.
  const [kept = ""] = pods;
  const found = await inspector.findOnHeap([
    kept,
    ...PLANTED_SECRETS,
    '{\\"type\\":\\"MODIFIED\\",\\"object\\"',
    '\\"kind\\":\\"PodList\\"',
    'managedFields\\":',
  ]);
  expect(
    [...found.keys()].filter((needle) => needle !== kept),
    [...found.values()].join("\n"),
  ).toEqual([]);
  expect(found.has(kept)).toBe(true);
  inspector.close();
});
