import { expect, it } from "vitest";
import { PollError } from "../base/server/poll-error.ts";
import { known, unknown } from "../base/known.ts";
import type { KeptJob } from "../history/write-row.ts";
import type { Answer } from "../metrics/read-prometheus.ts";
import { buildJob } from "../testing/build-job.ts";
import { buildContainerUse, buildUsage } from "../testing/build-usage.ts";
import { PastUse } from "./past-use.ts";

const createdAt = "2026-03-01T12:00:00.000Z";
const FROM_S = Date.parse(createdAt) / 1_000;

function kept(change: { lengthS?: number; series?: KeptJob["series"]; usage?: "known" } = {}): KeptJob {
  const deletedAt = new Date((FROM_S + (change.lengthS ?? 120)) * 1_000).toISOString();
  const usage = change.usage === undefined ? unknown("forbidden") : known(buildUsage(createdAt), createdAt, "test");
  const build = buildContainerUse({ startedAt: createdAt, usage });
  return { job: buildJob({ createdAt, deletedAt, containers: [build] }), events: [], series: change.series ?? [] };
}

const { uid, pod, namespace } = kept().job;

/** What the store has of the build container, and of another pod of the same name in another namespace. */
function answerOf(names: Record<string, string> = { namespace, pod }): Answer {
  const values = [20, 50, 80].map((second, index): [number, number] => [(FROM_S + second) * 1_000, index * 30]);
  const one = (name: string, labels: Record<string, string>) => ({ metric: { __name__: name, container: "build", ...labels }, values });
  return {
    series: [
      one("container_cpu_usage_seconds_total", names),
      one("container_cpu_cfs_periods_total", names),
      one("container_cpu_cfs_throttled_periods_total", names),
      one("container_cpu_usage_seconds_total", { ...names, namespace: "other", id: "/x" }),
    ],
    warnings: [],
  };
}

function past(answer: (query: string) => Answer | PollError) {
  const asked: string[] = [];
  const tell = async (query: string): Promise<Answer> => {
    asked.push(query);
    const told = answer(query);
    if (told instanceof PollError) throw told;
    return told;
  };
  const warned: string[] = [];
  const made = new PastUse(
    { query: (text) => tell(text), queryRange: (text, { stepMs }) => tell(`${text} step ${stepMs}`), close: () => Promise.resolve() },
    { warn: (_fields: object, text: string) => void warned.push(text) } as ConstructorParameters<typeof PastUse>[1],
  );
  return { made, asked, warned };
}

it("gives curves and use of a job of which our history has none, once for several looks", async () => {
  const { made, asked } = past(() => answerOf());
  const filled = await made.fill(kept());
  expect(filled.series).toMatchObject([
    { key: "build", points: [{ cpuMillicores: null }, { cpuMillicores: 1_000 }, { cpuMillicores: 1_000, throttledShare: 1 }] },
  ]);
  expect(filled.job.containers[0]?.usage).toMatchObject({
    state: "known",
    source: "Prometheus, from /metrics/cadvisor",
    value: { way: "prometheus", samples: 3, cfs: { periods: 60 } },
  });
  expect(await made.fill(kept())).toBe(filled);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain(`pod=~"${pod}"}[180s]`);
});

it("leaves what our own history has as it is, and asks nothing", async () => {
  const { made, asked } = past(() => answerOf());
  const own = kept({
    series: [{ key: "build", points: [{ fromMs: 0, toMs: 1, cpuMillicores: 1, throttledShare: null, memoryBytes: 1 }] }],
  });
  expect(await made.fill(own)).toBe(own);
  expect(asked).toEqual([]);
  const used = kept({ usage: "known" });
  expect((await made.fill(used)).job.containers[0]?.usage).toBe(used.job.containers[0]?.usage);
});

it("finds the pod under other labels, and by the uid in the cgroup's path; another pod's series are not its own", async () => {
  const byPath = past((query) =>
    query.includes(",id=~") ? answerOf({ id: `/kubepods/burstable/pod${uid}/x` }) : { series: [], warnings: [] },
  );
  expect((await byPath.made.fill(kept())).series).toHaveLength(1);
  expect(byPath.asked).toHaveLength(4);
  const others = past(() => answerOf({ namespace: "elsewhere", pod }));
  const job = kept();
  expect(await others.made.fill(job)).toBe(job);
});

it("asks for a long job in steps", async () => {
  const { made, asked } = past(() => answerOf());
  await made.fill(kept({ lengthS: 24 * 3_600 }));
  expect(asked[0]).toMatch(/\} step 361000$/);
});

it("a store that does not answer leaves the job as it is, says so in the log, and is asked again", async () => {
  const { made, asked, warned } = past(() => new PollError("timeout", "no whole page within 5000 ms"));
  const job = kept();
  expect(await made.fill(job)).toBe(job);
  expect(await made.fill(job)).toBe(job);
  expect(asked).toHaveLength(2);
  expect(warned[0]).toContain("no whole page within 5000 ms");
  await made.stop();
});
