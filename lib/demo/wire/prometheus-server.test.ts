import { afterAll, beforeAll, expect, test } from "vitest";
import { samplesQuery } from "../../metrics/prometheus-query.ts";
import { metricsIn, readAnswer, samplesOf } from "../../metrics/read-prometheus.ts";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import { Simulator } from "./simulator.ts";

let simulator: Simulator;

beforeAll(async () => {
  simulator = await Simulator.start({ plan: SCENARIOS["two-clusters"]!.plan({ pods: null }), seed: 12, speed: 1 });
}, 60_000);
afterAll(() => simulator.stop());

const ask = async (path: string) => (await (await fetch(`${simulator.prometheus.url}${path}`)).json()) as { status: string; data: never };

test("Prometheus has the fleet's own past", async () => {
  const query = async (text: string) =>
    (
      (await (await fetch(`${simulator.prometheus.url}/api/v1/query?query=${encodeURIComponent(text)}`)).json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      }
    ).data.result;
  const throttled = await query(
    'max by (namespace,pod,container) (max_over_time(container_cpu_cfs_throttled_periods_total{container!=""}[2h])) / max by (namespace,pod,container) (max_over_time(container_cpu_cfs_periods_total{container!=""}[2h]))',
  );
  expect(throttled.length).toBeGreaterThan(10);
  const shares = throttled.map(({ value }) => Number(value[1])).filter((share) => !Number.isNaN(share));
  expect(shares.every((share) => share <= 1)).toBe(true);
  expect(shares.some((share) => share > 0.2)).toBe(true);
  const [slots] = await query('sum(gitlab_runner_concurrent{cluster="ci"})');
  expect(slots!.value[1]).toBe("30");
  const end = Date.now() / 1000;
  const range = (await (
    await fetch(`${simulator.prometheus.url}/api/v1/query_range?query=sum(gitlab_runner_jobs)&start=${end - 120}&end=${end}&step=15`)
  ).json()) as { data: { result: { values: unknown[] }[] } };
  expect(range.data.result[0]!.values.length).toBeGreaterThanOrEqual(8);
  expect((await fetch(`${simulator.prometheus.url}/api/v1/query?query=sum(`)).status).toBe(400);
});

test("series, labels and values of a label, as far as a selector matches", async () => {
  const match = encodeURIComponent('gitlab_runner_concurrent{cluster="ci"}');
  const series: Record<string, string>[] = (await ask(`/api/v1/series?match[]=${match}`)).data;
  expect(series).toHaveLength(3);
  expect(series[0]).toMatchObject({ __name__: "gitlab_runner_concurrent", cluster: "ci", job: "gitlab-runner" });
  expect((await ask(`/api/v1/labels?match[]=${match}`)).data).toEqual(Object.keys(series[0]!).toSorted());
  expect((await ask("/api/v1/label/cluster/values")).data).toEqual(["ci", "ci-v2"]);
});

test("the product's question for samples, by POST, is answered with what its reader takes", async () => {
  const [cluster] = simulator.fleet.clusters;
  const pods = [...cluster!.pods.values()]
    .filter(({ name }) => name.startsWith("runner-"))
    .map(({ name, uid }) => ({ pod: name, podUid: uid }));
  const body = new URLSearchParams({ query: samplesQuery(pods, "pod", 900_000) });
  const raw = await (await fetch(`${simulator.prometheus.url}/api/v1/query`, { method: "POST", body })).json();
  const answer = readAnswer(raw)!;
  const samples = samplesOf(answer, new Set(metricsIn(answer)));
  expect(samples.length).toBeGreaterThan(pods.length);
  const uids = new Set(pods.map(({ podUid }) => podUid));
  for (const sample of samples) {
    expect(uids.has(sample.podUid!)).toBe(true);
    expect(sample.lacks).not.toContain("throttling");
  }
});
