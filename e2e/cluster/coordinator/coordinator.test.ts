import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../bed/command.ts";
import { type Coordinator, startCoordinator } from "./coordinator.ts";
import { FakeRunner } from "./fake-runner.ts";
import { jobSpecSchema, type JobRequest } from "./job-spec.ts";

let coordinator: Coordinator;
let runner: FakeRunner;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "coordinator-test-"));
  coordinator = await startCoordinator({ host: "127.0.0.1", port: 0, folder, log: () => {} });
  runner = new FakeRunner(coordinator.url);
});
afterAll(async () => {
  await coordinator.stop();
  rmSync(folder, { recursive: true });
});

const queue = (job: Partial<JobRequest> = {}) => coordinator.board.enqueue(jobSpecSchema.parse({ script: ["true"], ...job }));
async function taken(job: Partial<JobRequest> = {}) {
  const record = queue(job);
  const given = (await runner.request())!;
  expect(given.id).toBe(record.id);
  return { record, given };
}
const variable = (given: { variables: { key: string; value: string }[] }, key: string) =>
  given.variables.find((one) => one.key === key)?.value;

test("without a job the answer is 204", async () => {
  expect(await runner.request()).toBeNull();
});

test("a job goes from handed in to ended as the runner says", async () => {
  const { record, given } = await taken({ name: "unit", project: "group/sub/app", script: ["exit 3"] });
  expect(record).toMatchObject({ state: "running", system_id: "r_test", url: `${coordinator.url}/group/sub/app/-/jobs/${record.id}` });
  expect(given).toMatchObject({
    job_info: { name: "unit", project_full_path: "group/sub/app", project_name: "app" },
    steps: [{ script: ["exit 3"] }],
  });
  expect(variable(given, "CI_PROJECT_NAMESPACE")).toBe("group/sub");
  expect(variable(given, "CI_SERVER_URL")).toBe(coordinator.url);
  const running = await runner.update(given, "running");
  expect([running.status, running.headers.get("job-status")]).toEqual([200, "running"]);
  expect((await runner.trace(given, 0, "one\n")).headers.get("range")).toBe("0-4");
  expect((await runner.trace(given, 4, "two\n")).status).toBe(202);
  const end = await runner.finish(given, "failed", "one\ntwo\n", { failure_reason: "script_failure", exit_code: 3 });
  expect(end.status).toBe(200);
  expect(record).toMatchObject({ state: "failed", failure_reason: "script_failure", exit_code: 3, trace_complete: true });
  expect(await runner.request()).toBeNull();
});

test("two managers never get the same job", async () => {
  const ids = [queue(), queue(), queue()].map((record) => record.id);
  const given = await Promise.all([0, 1, 2, 3].map((index) => new FakeRunner(coordinator.url, `r_${index}`).request()));
  expect(new Set(given.map((job) => job?.id ?? null))).toEqual(new Set([...ids, null]));
});

test("a trace that does not fit on is refused with what is there", async () => {
  const { given } = await taken();
  await runner.trace(given, 0, "abc");
  const gap = await runner.trace(given, 7, "later");
  expect([gap.status, gap.headers.get("range")]).toEqual([416, "0-3"]);
});

test("a trace with the wrong checksum is asked for once more, then taken as incomplete", async () => {
  const { record, given } = await taken();
  await runner.trace(given, 0, "abc");
  expect((await runner.finish(given, "success", "abcdef")).status).toBe(412);
  expect(record).toMatchObject({ state: "running", trace_bytes: 0 });
  await runner.trace(given, 0, "abc");
  expect((await runner.finish(given, "success", "abcdef")).status).toBe(200);
  expect(record).toMatchObject({ state: "success", exit_code: 0, trace_complete: false });
});

test("cancelling reaches the runner with its next call, and what it then reports is a cancelled job", async () => {
  const { record, given } = await taken();
  expect((await fetch(`${coordinator.url}/admin/jobs/${record.id}/cancel`, { method: "POST" })).status).toBe(200);
  expect((await runner.trace(given, 0, "x")).headers.get("job-status")).toBe("canceling");
  await runner.finish(given, "failed", "x", { failure_reason: "unknown_failure" });
  expect(record.state).toBe("canceled");
  const late = await runner.trace(given, 1, "y");
  expect([late.status, late.headers.get("job-status")]).toEqual([403, "canceled"]);
  expect((await fetch(`${coordinator.url}/admin/jobs/${record.id}/cancel`, { method: "POST" })).status).toBe(409);
});

test("another job's token opens nothing", async () => {
  const { given } = await taken();
  expect((await runner.trace(given, 0, "x", "glcbt-other")).status).toBe(403);
  expect((await runner.update({ ...given, id: 999_999 }, "running")).status).toBe(404);
  expect((await runner.download(given.id, "glcbt-other")).status).toBe(403);
});

test("artifacts go up whole, and a job that depends on them gets them", async () => {
  const { record, given } = await taken({ artifacts: ["out"] });
  const content = `PK\u0003\u0004 ${"binary\r\n--boundary\r\n".repeat(1_000)}`;
  expect((await runner.upload(given, "artifacts.zip", content)).status).toBe(201);
  expect(record.artifacts).toMatchObject([{ type: "archive", filename: "artifacts.zip", size: Buffer.byteLength(content) }]);
  expect(readFileSync(record.artifacts[0]!.file, "utf8")).toBe(content);
  const next = await taken({ dependencies: [record.id] });
  expect(next.given["dependencies"]).toMatchObject([{ id: record.id, artifacts_file: { filename: "artifacts.zip" } }]);
  expect(await (await runner.download(record.id, next.given.token)).text()).toBe(content);
});

test("objects of the runner's cache are kept", async () => {
  const url = `${coordinator.url}/cache/project/7/default/cache.zip`;
  expect((await fetch(url)).status).toBe(404);
  expect((await fetch(url, { method: "PUT", body: "zipped" })).status).toBe(200);
  expect((await fetch(url, { method: "HEAD" })).headers.get("content-length")).toBe("6");
  expect(await (await fetch(url)).text()).toBe("zipped");
});

test("git clones the repository at the commit that the job names", async () => {
  const { given } = await taken({ project: "any/project" });
  const target = path.join(folder, "clone");
  await run("git", ["clone", "-q", (given["git_info"] as { repo_url: string }).repo_url, target]);
  const head = (await run("git", ["rev-parse", "HEAD"], { cwd: target })).trim();
  expect(head).toBe(variable(given, "CI_COMMIT_SHA"));
});

test("a job handed in at the terminal is checked, listed and shows its trace", async () => {
  const post = (body: unknown) => fetch(`${coordinator.url}/admin/jobs`, { method: "POST", body: JSON.stringify(body) });
  const bad = await post({ name: "no script", imagee: "typo" });
  expect(bad.status).toBe(400);
  expect(await bad.text()).toMatch(/imagee/);
  const { id } = (await (await post({ name: "mine", script: ["true"] })).json()) as { id: number };
  const given = (await runner.request())!;
  await runner.trace(given, 0, "\u001B[32mgreen\u001B[0m\n");
  expect(await (await fetch(`${coordinator.url}/admin/jobs/${id}/trace`)).text()).toBe("green\n");
  expect(await (await fetch(`${coordinator.url}/admin/jobs`)).json()).toContainEqual(
    expect.objectContaining({ id, name: "mine", state: "running" }),
  );
});

test("polls that are refused stay refused until that is taken back, and no job is lost", async () => {
  const put = (body: unknown) => fetch(`${coordinator.url}/admin/polls`, { method: "PUT", body: JSON.stringify(body) });
  const poll = () => fetch(`${coordinator.url}/api/v4/jobs/request`, { method: "POST", body: "{}" });
  expect((await put({ status: 200 })).status).toBe(400);
  const record = queue();
  expect(await (await put({ status: 429 })).json()).toEqual({ status: 429 });
  expect(coordinator.polls.refusedAt).toBeNull();
  expect([(await poll()).status, (await poll()).status, record.state]).toEqual([429, 429, "pending"]);
  expect(coordinator.polls.refusedAt).toBeGreaterThanOrEqual(Date.parse(record.queued_at));
  await put({ status: null });
  expect((await runner.request())?.id).toBe(record.id);
});
