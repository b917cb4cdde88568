import type { Locator, Page } from "@playwright/test";
import type { ContainerView, Job } from "../../lib/fleet/schema.ts";
import { startProduct, type Product } from "../product.ts";
import { startSimulator, type RunningSimulator } from "../simulator.ts";
import { expect, test as base } from "./fixture.ts";

/** The mix of the simulated fleet: its kubelets tell CPU, memory and throttling, and kills follow from the limits. */
const test = base.extend<object, { demo: { simulator: RunningSimulator; product: Product } }>({
  demo: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the parameters
    async ({}, provide) => {
      const simulator = await startSimulator(["--seed", "11"]);
      const product = await startProduct({ ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "warn" });
      await provide({ simulator, product });
      await product.stop();
      await simulator.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

const TWO_MINUTES = 120_000;

async function jobsOf({ url }: Product): Promise<Job[]> {
  const pages = await Promise.all(
    ["finished", "live"].map(
      async (state) => (await fetch(`${url}/api/v1/jobs?state=${state}&limit=500`)).json() as Promise<{ items: Job[] }>,
    ),
  );
  return pages.flatMap(({ items }) => items);
}

/** Waits for a job with such a container and opens its page; the container, and its card. */
async function openOne(page: Page, product: Product, fits: (container: ContainerView, job: Job) => boolean) {
  const find = async () =>
    (await jobsOf(product)).flatMap((job) => job.containers.flatMap((container) => (fits(container, job) ? [{ job, container }] : [])))[0];
  let found: Awaited<ReturnType<typeof find>>;
  await expect.poll(async () => (found = await find()) !== undefined, { timeout: TWO_MINUTES, intervals: [2_000] }).toBe(true);
  if (found === undefined) throw new Error("nothing found");
  const { job, container } = found;
  await page.goto(`${product.url}/jobs/${job.cluster}/${job.uid}`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  return { job, container, card: page.getByRole("article", { name: container.name, exact: true }) };
}

const usageOf = ({ usage }: ContainerView) => (usage.state === "known" ? usage.value : null);
const cpuChart = (card: Locator) => card.getByRole("slider", { name: /: CPU peak/ });
const memoryChart = (card: Locator) => card.getByRole("slider", { name: /: memory peak/ });
const isEnded = (job: Job) => job.deletedAt !== null;

test("limit and request are lines with their figures; throttled stretches are bands with their share", async ({ page, demo }) => {
  test.setTimeout(TWO_MINUTES + 60_000);
  const { card, container } = await openOne(page, demo.product, (one, job) => {
    const cfs = usageOf(one)?.cfs;
    const loud = cfs != null && cfs.periods > 50 && cfs.throttledPeriods / cfs.periods > 0.2;
    return isEnded(job) && one.role === "build" && loud && one.limits.cpuMillicores !== null && (usageOf(one)?.samples ?? 0) > 1;
  });
  await expect(
    cpuChart(card)
      .locator(".limit")
      .filter({ hasText: /^limit / }),
  ).toBeVisible();
  await expect(cpuChart(card).locator(".limit.req")).toHaveCount(container.requests.cpuMillicores === null ? 0 : 1);
  const bands = cpuChart(card).locator(".band.hatch:not(.gap)");
  await expect(bands.first()).toBeAttached();
  await expect(bands.first()).toHaveAttribute("title", /%$/);
  await expect(cpuChart(card)).toHaveAttribute("aria-label", /limit .*throttled \d/);
  await expect(card.getByText(/throttled .* of .* periods/)).toBeVisible();
});

test("a kill for memory is a mark with its time, and the chart's name counts it", async ({ page, demo }) => {
  test.setTimeout(TWO_MINUTES + 60_000);
  const { card } = await openOne(
    page,
    demo.product,
    (one, job) =>
      isEnded(job) &&
      usageOf(one) !== null &&
      job.findings.some(({ kind, container, at }) => kind === "oom-kill" && container === one.name && at !== null),
  );
  await expect(memoryChart(card).locator(".mark")).toContainText(/OOM \d\d:\d\d/);
  await expect(memoryChart(card)).toHaveAttribute("aria-label", /[1-9]\d* OOM kill/);
});

test("the samples are there as a table, and arrow keys read the same figures", async ({ page, demo }) => {
  test.setTimeout(TWO_MINUTES + 60_000);
  const { card, container } = await openOne(
    page,
    demo.product,
    (one, job) => isEnded(job) && one.role === "build" && (usageOf(one)?.samples ?? 0) > 3,
  );
  await card.getByText(/points as a table/).click();
  const table = card.getByRole("table", { name: `CPU and memory of ${container.name} over time` });
  await expect(table.getByRole("columnheader")).toHaveText(["T+", "Time", "CPU", "Throttled", "Memory"]);
  const rows = table.locator("tbody tr");
  expect(await rows.count()).toBeGreaterThan(2);
  const memory = memoryChart(card);
  await memory.focus();
  await page.keyboard.press("End");
  const last = rows.last().locator("td");
  await expect(memory).toHaveAttribute(
    "aria-valuetext",
    new RegExp(`^${escaped(await last.first().innerText())} · .* · ${escaped(await last.last().innerText())}`),
  );
  await page.keyboard.press("Escape");
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\s/g, "\\s");

test("no limit, no sample yet, not measured and zero are four different words", async ({ page, demo }) => {
  test.setTimeout(2 * TWO_MINUTES + 60_000);
  const { product, simulator } = demo;
  // Zero: it has a quota, and met it in no period.
  const calm = await openOne(page, product, (one) => {
    const cfs = usageOf(one)?.cfs;
    return cfs != null && cfs.periods > 0 && cfs.throttledPeriods === 0;
  });
  await expect(calm.card.getByText(/throttled 0\s?% of .* periods/)).toBeVisible();
  // No limit.
  const open = await openOne(page, product, (one) => one.limits.memoryBytes === null && usageOf(one) !== null);
  await expect(memoryChart(open.card)).toHaveAttribute("aria-label", /limit no limit/);
  await expect(
    memoryChart(open.card)
      .locator(".limit")
      .filter({ hasText: /^limit / }),
  ).toHaveCount(0);
  // No sample yet: a container that has just started.
  await expect(async () => {
    const fresh = await openOne(
      page,
      product,
      ({ usage }, job) => !isEnded(job) && usage.state === "unknown" && usage.reason === "not-sampled",
    );
    // The sample may come while the page is opened: then another one is looked for.
    await expect(fresh.card).toContainText("not sampled yet", { timeout: 1_000 });
  }).toPass({ timeout: TWO_MINUTES });
  // Not measured: the richest page is refused, and what is left tells nothing of throttling.
  const nodes = new Set((await jobsOf(product)).flatMap(({ node }) => node ?? []));
  for (const node of nodes) await simulator.press(`kubelet:${node}`, "403", { path: "/metrics/cadvisor" });
  const blind = await openOne(page, product, (one, job) => !isEnded(job) && usageOf(one)?.unmeasured.includes("throttling") === true);
  await expect(blind.card.getByText("throttling not measured").first()).toBeVisible();
  await expect(blind.card.getByText(/throttled 0/)).toHaveCount(0);
});
