import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { known } from "../base/known.ts";
import type { Job } from "../fleet/schema.ts";
import type { Fleet } from "../fleet/fold-fleet.ts";
import type { JobRecord } from "../gitlab/schema.ts";
import { buildJob } from "../testing/build-job.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { GitlabWatch, type GitlabSource } from "./gitlab-watch.ts";

function build(secretFile: string | null = null) {
  const wanted: unknown[] = [];
  const hooked: JobRecord[] = [];
  let listener = () => {};
  const answers = { pending: { scope: "none" as "none" | "instance", projects: [], at: null as string | null, groups: [] } };
  const source = {
    start() {},
    want: (jobs: readonly unknown[]) => void wanted.push(jobs),
    takeHook: (jobs: readonly JobRecord[]) => void hooked.push(...jobs),
    jobs: () => new Map(),
    pending: () => answers.pending,
    runners: () => new Map(),
    blindSpots: () => [],
    instance: () => null,
    reports: () => [],
    onChange: (added: () => void) => {
      listener = added;
      return () => {};
    },
    stop: () => Promise.resolve(),
  } satisfies GitlabSource;
  const clock = new FakeClock();
  const watch = new GitlabWatch(source, { baseUrl: "https://gitlab.example/git", secretFile, clock });
  return { watch, clock, wanted, hooked, answers, tell: () => listener() };
}

it("asks for the jobs of the pods that are shown, with what their annotations tell, once a second", () => {
  const { watch, clock, wanted } = build();
  const job = buildJob();
  const url = known("https://gitlab.example/git/payments/api/-/jobs/4711", job.createdAt, "test");
  const fleetOf = (change: Partial<Job>) => {
    const shown = new Map([[job.key, { ...job, gitlab: { ...job.gitlab, url }, ...change }]]);
    return { jobs: shown, rows: shown } as unknown as Fleet;
  };
  const first = [{ jobId: "4711", projectId: "7", projectPath: "payments/api" }];
  watch.follow(fleetOf({}));
  watch.follow(fleetOf({}));
  clock.advance(1_000);
  // Nothing that GitLab is asked by has changed.
  watch.follow(fleetOf({ phase: "cleanup" }));
  expect(wanted).toEqual([first]);
  clock.advance(1_000);
  watch.follow(fleetOf({ gitlab: { ...job.gitlab, url, id: known("4712", job.createdAt, "test") } }));
  expect(wanted).toHaveLength(2);
  clock.advance(1_000);
  watch.follow({ jobs: new Map(), rows: new Map() } as unknown as Fleet);
  expect(wanted.at(-1)).toEqual([]);
});

it("gives the same facts until GitLab says something new, and no waiting jobs before they were read", () => {
  const { watch, answers, tell } = build();
  const first = watch.facts();
  expect(first).toMatchObject({ baseUrl: "https://gitlab.example/git", pending: null });
  answers.pending = { ...answers.pending, scope: "instance", at: "2026-03-01T12:00:00Z" };
  expect(watch.facts()).toBe(first);
  tell();
  expect(watch.facts().pending).toMatchObject({ scope: "instance", groups: [] });
});

it("takes webhooks with the right secret only, and none without a secret file", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-hook-"));
  const file = path.join(folder, "secret");
  writeFileSync(file, "s3cret\n");
  const body = () => new Blob([JSON.stringify({ object_kind: "push" })]).stream();
  const { watch } = build(file);
  expect(await watch.hook({ token: "s3cret", body: body() })).toBe(200);
  expect(await watch.hook({ token: "wrong", body: body() })).toBe(401);
  expect(await watch.hook({ token: null, body: body() })).toBe(401);
  expect(await build().watch.hook({ token: "s3cret", body: body() })).toBeNull();
  rmSync(folder, { recursive: true, force: true });
});
