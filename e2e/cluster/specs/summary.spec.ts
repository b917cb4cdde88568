// Runs last (files go by name): what all other files have left behind.
import type { Job } from "../../../lib/fleet/schema.ts";
import { expectSameContainers, expectSameTimes } from "./compare.ts";
import { expect, test } from "./fixture.ts";
import { ProductView } from "./product-view.ts";

test("when all is over nothing is live, and what is kept is what the product says it keeps", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  await expect
    .poll(async () => (await view.get<{ items: unknown[] }>("/api/v1/jobs?state=live")).items.length, { timeout: 120_000 })
    .toBe(0);
  const fleet = await view.get<{ overview: { ended: number; kept: { jobs: number; maxJobs: number } } }>("/api/v1/fleet");
  const finished = await view.get<{ items: unknown[] }>("/api/v1/jobs?state=finished&limit=500");
  expect(finished.items.length).toBe(fleet.overview.kept.jobs);
  expect(fleet.overview.kept.jobs).toBeLessThanOrEqual(fleet.overview.kept.maxJobs);
});

test("every pod that the API server showed is there, from added to deleted, with its containers and times", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  const pods = stage.truth.ofJobs();
  expect(pods.length).toBeGreaterThan(0);
  const { items } = await view.get<{ items: Job[] }>("/api/v1/jobs?state=finished&limit=500");
  expect(items.map((job) => job.uid).toSorted()).toEqual(pods.map((pod) => pod.uid).toSorted());
  for (const history of pods) {
    expect(history.deletedAt).not.toBeNull();
    const job = items.find((one) => one.uid === history.uid)!;
    expectSameContainers(job, history.last);
    expectSameTimes(job, history);
  }
  const left = JSON.parse(await stage.bed.kubectl("get", "pods", "--namespace", "gitlab-runner", "--output", "json")) as {
    items: { metadata: { annotations?: Record<string, string> } }[];
  };
  expect(left.items.filter((pod) => pod.metadata.annotations?.["job.runner.gitlab.com/id"])).toEqual([]);
});
