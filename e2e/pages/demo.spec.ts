import { expect, test as base } from "@playwright/test";
import { verdictKindSchema, type Job, type VerdictKind } from "../../lib/fleet/schema.ts";
import { startProduct, type Product } from "../product.ts";
import { startSimulator, type RunningSimulator } from "../simulator.ts";

/** `npm run demo` as a visitor starts it: the mix, the built product on it. */
const test = base.extend<object, { demo: { simulator: RunningSimulator; product: Product } }>({
  demo: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the parameters
    async ({}, provide) => {
      const simulator = await startSimulator(["--seed", "7"]);
      const product = await startProduct({ ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "warn" });
      await provide({ simulator, product });
      await product.stop();
      await simulator.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

/** Verdicts that the mix does not show for sure, and why. */
const NOT_FOR_SURE: Partial<Record<VerdictKind, string>> = {
  "waiting-slot": "a job without a slot has no pod, and only pods have verdicts; it is in the overview's waiting jobs by tag",
  "waiting-request-path": "as waiting-slot; the manager's own panel says it",
  "deleted-externally":
    "needs a look at the manager's list between the deletion and the manager's own reaction, well under a second of a 5 s period; else it is runner-system-failure",
};
const EXPECTED = verdictKindSchema.options.filter((kind) => NOT_FOR_SURE[kind] === undefined);
/** `unschedulable` needs a job that waited for room and got it, `samples-missing` and `dind-slow` are seldom: not for sure either. */
const FINDINGS = ["oom-kill", "cpu-throttling", "container-exited", "memory-near-limit", "no-limit", "image-pull-retry"];
const TWO_MINUTES = 120_000;

async function jobsOf({ url }: Product): Promise<Job[]> {
  const pages = await Promise.all(
    ["live", "finished"].map(
      async (state) => (await fetch(`${url}/api/v1/jobs?state=${state}&limit=500`)).json() as Promise<{ items: Job[] }>,
    ),
  );
  return pages.flatMap(({ items }) => items);
}

test("within two minutes each kind of verdict and finding can be met, and GitLab's names with them", async ({ demo }) => {
  test.setTimeout(TWO_MINUTES + 60_000);
  const verdicts = new Map<VerdictKind, Job>();
  const findings = new Set<string>();
  const missing = () => [...EXPECTED.filter((kind) => !verdicts.has(kind)), ...FINDINGS.filter((kind) => !findings.has(kind))];
  const look = async () => {
    for (const job of await jobsOf(demo.product)) {
      if (!verdicts.has(job.verdict.kind)) verdicts.set(job.verdict.kind, job);
      for (const { kind } of job.findings) findings.add(kind);
    }
    return missing();
  };
  await expect.poll(look, { timeout: TWO_MINUTES, intervals: [2_000], message: "verdicts and findings not met" }).toEqual([]);
  for (const kind of ["waiting-slot", "waiting-request-path"] as const)
    expect(verdicts.has(kind), `${kind} is derived now: take it out of NOT_FOR_SURE`).toBe(false);
  const failed = (await jobsOf(demo.product)).find(({ verdict }) => verdict.kind === "script-failed" && verdict.certainty === "confirmed");
  expect(failed?.gitlab).toMatchObject({
    name: { state: "known" },
    stage: { state: "known" },
    pipeline: { state: "known" },
    status: { state: "known", value: "failed" },
    failureReason: { state: "known", value: "script_failure" },
    exitCode: { state: "known" },
  });
});

test("every source is live, but for what an incident has taken", async ({ demo }) => {
  const look = async () => {
    const { items } = (await (await fetch(`${demo.product.url}/api/v1/sources`)).json()) as {
      items: { source: string; part: string | null; state: { state: string } }[];
    };
    // The lost node and the killed manager are parts of their own.
    return items.filter(({ part }) => part === null).map(({ source, state }) => `${source} ${state.state}`);
  };
  await expect.poll(look).toContain("gitlab live");
  await expect.poll(async () => (await look()).filter((text) => !text.endsWith(" live"))).toEqual([]);
});
