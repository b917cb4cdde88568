import { expect, row, test } from "./fixture.ts";
import { Inspector } from "./inspector.ts";
import { applyJobs, StreamReader } from "./stream-reader.ts";

test("one watch set for no viewer, one, and twenty", async ({ openStage }) => {
  const stage = await openStage();
  await expect.poll(() => stage.api.openWatches()).toBe(5);
  const first = await StreamReader.open(stage.url);
  await expect.poll(() => first.revision).toBeGreaterThanOrEqual(0);
  stage.api.requests.clear();
  const viewers = [first, ...(await Promise.all(Array.from({ length: 19 }, () => StreamReader.open(stage.url))))];
  const pod = stage.fleet.run({ jobName: "seen-by-all" });
  await expect
    .poll(() => viewers.filter((viewer) => [...applyJobs(viewer.frames).values()].some((job) => job.pod === pod)).length)
    .toBe(20);
  expect(stage.api.openWatches()).toBe(5);
  expect(stage.api.requests.find({ request: "watch" })).toHaveLength(0);
  expect(stage.api.requests.find({ request: "list" })).toHaveLength(0);
  for (const viewer of viewers) viewer.close();
});

test("the stream goes on after the snapshot in the HTML: nothing lost between them, nothing sent twice", async ({ page, openStage }) => {
  const stage = await openStage();
  const shown = stage.fleet.run({ jobName: "in-the-html" });
  await expect.poll(async () => (await stage.job(shown))?.pod).toBe(shown);
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const asked: URL[] = [];
  await page.route("**/api/v1/stream*", async (route) => {
    asked.push(new URL(route.request().url()));
    await held;
    await route.continue();
  });
  await page.goto(`${stage.url}/jobs`);
  await expect(row(page, "in-the-html")).toBeVisible();
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  stage.fleet.run({ jobName: "between-html-and-stream" });
  await page.waitForTimeout(500);
  await expect(row(page, "between-html-and-stream")).toHaveCount(0);
  release();
  await expect(row(page, "between-html-and-stream")).toBeVisible();
  const [first] = asked;
  expect(first?.searchParams.get("epoch")).toMatch(/^[0-9a-f-]{36}$/);
  const reader = await StreamReader.open(stage.url, `&epoch=${first?.searchParams.get("epoch")}&after=${first?.searchParams.get("after")}`);
  await expect.poll(() => reader.frames.length).toBeGreaterThan(0);
  expect(reader.frames[0]?.type).not.toBe("snapshot");
  reader.close();
});

test("a revision of another process is answered with a whole snapshot", async ({ openStage }) => {
  const stage = await openStage();
  const reader = await StreamReader.open(stage.url, "&epoch=00000000-0000-4000-8000-000000000000&after=3");
  await expect.poll(() => reader.frames[0]?.type).toBe("snapshot");
  reader.close();
});

test("a viewer that does not read costs bounded memory, holds nobody up, and is whole again when it reads", async ({ openStage }) => {
  test.setTimeout(400_000);
  const stage = await openStage({ env: { NODE_OPTIONS: "--inspect-port=0" } });
  const inspector = await Inspector.open(stage.product.pid, () => stage.product.log());
  const pods = Array.from({ length: 300 }, (_, index) => stage.fleet.run({ jobName: `busy-${index}`, secrets: false }));
  const slow = await StreamReader.open(stage.url);
  const quick = await StreamReader.open(stage.url);
  await expect.poll(() => applyJobs(quick.frames).size).toBe(300);
  slow.pause();
  const before = await inspector.heldBytes();
  // Each round changes every row; in the end it is more than any socket buffer holds.
  for (let round = 0; round < 2_000 && quick.text.length < 12_000_000; round++) {
    for (const pod of pods) stage.fleet.restart(pod, round + 1);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  const last = stage.fleet.run({ jobName: "the-last" });
  await expect.poll(() => [...applyJobs(quick.frames).values()].some((job) => job.pod === last)).toBe(true);
  expect(quick.text.length).toBeGreaterThan(11_000_000);
  expect((await inspector.heldBytes()) - before).toBeLessThan(20_000_000);
  slow.resume();
  await expect.poll(() => [...applyJobs(slow.frames).values()].some((job) => job.pod === last), { timeout: 20_000 }).toBe(true);
  await expect.poll(() => applyJobs(slow.frames).size).toBe(301);
  expect(slow.text.length).toBeLessThan(quick.text.length * 0.8);
  for (const viewer of [slow, quick]) viewer.close();
  inspector.close();
});
