import { describe, expect, it } from "vitest";
import { seeded } from "../testing/seeded-random.ts";
import { CADVISOR_METRICS } from "./cadvisor-rows.ts";
import { parseCadvisor } from "./parse-cadvisor.ts";
import { PodUsages } from "./pod-usages.ts";
import { selector } from "./prometheus-query.ts";
import { metricsIn, readAnswer, samplesOf } from "./read-prometheus.ts";
import type { Wanted } from "./schema.ts";

const answer = (result: unknown[], more: object = {}) => ({ status: "success", data: { resultType: "matrix", result }, ...more });
const samples = (raw: unknown) => {
  const read = readAnswer(raw)!;
  return samplesOf(read, new Set(metricsIn(read)));
};
const one = (name: string, labels: object, values: unknown[]) => ({
  metric: { __name__: name, namespace: "ci", pod: "p", container: "build", ...labels },
  values,
});

describe("an answer of a Prometheus", () => {
  it.each([
    [null],
    ["text"],
    [{ status: "error", errorType: "bad_data", error: "x" }],
    [{ status: "success", data: { resultType: "vector", result: [] } }],
    [{ status: "success", data: null }],
    [{ status: "success", data: { resultType: "matrix", result: "x" } }],
  ])("that is no matrix is none: %j", (raw) => expect(readAnswer(raw)).toBeNull());

  it("leaves out what cannot be read, staleness and NaN, and keeps warnings", () => {
    const read = readAnswer(
      answer(
        [
          one("container_memory_working_set_bytes", {}, [
            [2, "5"],
            [1, "4"],
            [3, "NaN"],
            [4, "+Inf"],
            ["5", "1"],
            [6, 1],
            [7],
            null,
            [8, ""],
          ]),
          { metric: { __name__: "x", n: 5 }, values: [[1, "1"]] },
          { metric: null, values: [] },
          7,
        ],
        { warnings: ["partial", 5] },
      ),
    );
    expect(read?.warnings).toEqual(["partial"]);
    expect(read?.series.map(({ values }) => values)).toEqual([
      [
        [1_000, 4],
        [2_000, 5],
      ],
      [[1_000, 1]],
    ]);
    expect(read?.series[1]?.metric).toEqual({ __name__: "x" });
  });

  it("takes rows of containers only: no pod, no sandbox, no part of a CPU; of two scrapers' series the longer", () => {
    const cpu = "container_cpu_usage_seconds_total";
    const read = samples(
      answer([
        one(cpu, { container: "", id: "/kubepods/podx" }, [[1, "100"]]),
        one(cpu, { container: "POD" }, [[1, "100"]]),
        one(cpu, { cpu: "cpu00" }, [[1, "100"]]),
        one(cpu, { cpu: "total", prometheus: "a" }, [
          [1, "1"],
          [2, "2"],
        ]),
        one(cpu, { cpu: "total", prometheus: "b" }, [
          [1, "1"],
          [2, "2"],
          [3, "3"],
        ]),
      ]),
    );
    expect(read.map(({ atMs, cpuUsageSeconds }) => [atMs, cpuUsageSeconds])).toEqual([
      [1_000, 1],
      [2_000, 2],
      [3_000, 3],
    ]);
  });

  it("never takes a figure from after its sample, except quota and period, which come with the scrape; old ones are none", () => {
    const read = samples(
      answer([
        one("container_cpu_usage_seconds_total", {}, [
          [100, "1"],
          [200, "2"],
        ]),
        one("container_oom_events_total", {}, [[101, "1"]]),
        one("container_memory_working_set_bytes", {}, [[99, "9"]]),
        one("container_spec_cpu_quota", {}, [
          [105, "50000"],
          [205, "50000"],
        ]),
        one("container_spec_cpu_period", {}, [
          [105, "100000"],
          [205, "100000"],
        ]),
      ]),
    );
    expect(read).toMatchObject([
      { atMs: 100_000, oomEvents: null, workingSetBytes: 9, quotaMillicores: 500 },
      { atMs: 200_000, oomEvents: null, workingSetBytes: null, quotaMillicores: 500 },
    ]);
  });

  it("tells what the page tells that was scraped, however scrapes and rows fall (seed printed)", () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    console.info(`seed ${seed}`);
    const random = seeded(seed);
    for (let round = 0; round < 60; round++) {
      const { pages, raw, wanted } = scraped(random);
      const direct = new PodUsages();
      for (const page of pages) direct.add(parseCadvisor(page, 0), wanted);
      const kept = new PodUsages();
      kept.add({ containers: samples(raw), nested: [] }, wanted);
      const plain = (usages: PodUsages) =>
        [...usages.snapshot().values()].flatMap(({ containers }) =>
          [...containers.values()].map(
            ({ name, usage: { way: _way, unmeasured: _unmeasured, pressure: _pressure, ...usage }, points }) => ({ name, usage, points }),
          ),
        );
      expect(plain(kept)).toEqual(plain(direct));
    }
  });

  it("survives anything in place of anything", () => {
    const random = seeded(11);
    const junk = [null, "", "x", 5, Number.NaN, [], {}, true, "9".repeat(400), [[1, "2"]], { __name__: "container_memory_rss" }];
    const pick = () => junk[Math.floor(random() * junk.length)];
    const spoil = (value: unknown): unknown => {
      if (random() < 0.08) return pick();
      if (Array.isArray(value)) return value.map(spoil);
      if (typeof value === "object" && value !== null)
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoil(inner)]));
      return value;
    };
    for (let round = 0; round < 500; round++) {
      const read = readAnswer(spoil(scraped(random).raw)) ?? { series: [], warnings: [] };
      const times = samplesOf(read, new Set(metricsIn(read))).map(({ atMs }) => atMs);
      expect(times.every(Number.isFinite)).toBe(true);
    }
  });
});

it("a query means the names that it is given, whatever is in them", () => {
  const text = selector([{ pod: 'a.b"|c\\', podUid: "u" }], "pod");
  expect(text.endsWith(String.raw`,pod=~"a\\.b\"\\|c\\\\"}`)).toBe(true);
  expect(
    selector(
      [
        { pod: "p", podUid: "0-1" },
        { pod: "q", podUid: "2" },
      ],
      "id",
    ),
  ).toMatch(/,id=~"\.\*\(pod0\[-_\]1\|pod2\)\.\*"\}$/);
});

/** Pages of two containers that grow, as a kubelet writes them, and the same rows as Prometheus keeps them. */
function scraped(random: () => number) {
  const metrics = CADVISOR_METRICS.filter((name) => !/pressure|spec|fs_usage/.test(name));
  const used = metrics.filter((name) => name === "container_cpu_usage_seconds_total" || random() < 0.7);
  const ids = ["a".repeat(64), "b".repeat(64)];
  const wanted: Wanted = new Map(ids.map((id, index) => [id, { podUid: "u", namespace: "ci", pod: "p", name: `c${index}` }]));
  const series = new Map<string, { metric: Record<string, string>; values: [number, string][] }>();
  const pages: string[] = [];
  const at = [1_000, 2_000];
  const values = ids.map(() => used.map(() => 1));
  for (let scrape = 0; scrape < 5; scrape++) {
    const lines: string[] = [];
    for (const [index, id] of ids.entries()) {
      // A kubelet repeats its last sample until it has a new one.
      const isNew = scrape === 0 || random() < 0.7;
      if (isNew && scrape > 0) at[index] = (at[index] ?? 0) + 5_000 + Math.floor(random() * 15_000);
      for (const [column, name] of used.entries()) {
        if (isNew) values[index]![column]! += Math.floor(random() * 100);
        const value = values[index]![column]!;
        const labels = { container: `c${index}`, id: `/kubepods/podu/${id}`, image: "i", name: id, namespace: "ci", pod: "p" };
        lines.push(
          `${name}{${Object.entries(labels)
            .map(([key, text]) => `${key}="${text}"`)
            .join(",")}} ${value} ${at[index]}`,
        );
        const own = series.get(`${name} ${id}`) ?? { metric: { __name__: name, job: "kubelet", ...labels }, values: [] };
        series.set(`${name} ${id}`, own);
        if (isNew) own.values.push([at[index]! / 1_000, String(value)]);
      }
    }
    pages.push(lines.join("\n"));
  }
  return { pages, raw: answer([...series.values()]), wanted };
}
