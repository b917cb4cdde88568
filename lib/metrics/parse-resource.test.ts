import { describe, expect, it } from "vitest";
import { seeded } from "../testing/seeded-random.ts";
import { ResourceParser } from "./parse-resource.ts";
import type { CadvisorPage } from "./schema.ts";

function read(text: string | Buffer, cut: () => number = () => Number.POSITIVE_INFINITY): CadvisorPage {
  const parser = new ResourceParser();
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length;) {
    const size = Math.min(bytes.length - at, cut());
    parser.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parser.end(42);
}

const row = (metric: string, value: string | number, at: number | null, container = "build", pod = "p") =>
  `${metric}{container="${container}",namespace="ci",pod="${pod}"} ${value}${at === null ? "" : ` ${at}`}`;

describe("a resource page", () => {
  it("gives CPU and working set of containers and of the node, each with its own time, and nothing else", () => {
    const page = read(
      [
        "# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time",
        row("container_cpu_usage_seconds_total", "12.5", 5_000),
        row("container_memory_working_set_bytes", "1.5e+06", 4_000),
        row("container_start_time_seconds", "1.7e+09", null),
        row("container_swap_usage_bytes", 0, 5_000),
        'pod_cpu_usage_seconds_total{namespace="ci",pod="p"} 99 5000',
        row("container_memory_working_set_bytes", 7, null, "helper"),
        "node_cpu_usage_seconds_total 1000 6000",
        "node_memory_working_set_bytes 2e9 6000",
        "resource_scrape_error 0",
        "",
      ].join("\n"),
    );
    expect(page.containers).toMatchObject([
      {
        container: "build",
        pod: "p",
        namespace: "ci",
        containerId: null,
        atMs: 5_000,
        cpuUsageSeconds: 12.5,
        workingSetBytes: 1_500_000,
        cfsPeriods: null,
        way: "resource",
      },
      { container: "helper", atMs: 42, cpuUsageSeconds: null, workingSetBytes: 7 },
    ]);
    expect(page.containers[0]?.lacks).toEqual(expect.arrayContaining(["throttling", "oom-counter"]));
    expect(page.machine).toEqual({ atMs: 6_000, cpuUsageSeconds: 1_000, workingSetBytes: 2e9 });
    expect([page.incomplete, page.unreadable, page.nested]).toEqual([false, 0, []]);
  });

  it("says when the kubelet could not read all, in the old word and the new one", () => {
    expect(read("resource_scrape_error 1\n").incomplete).toBe(true);
    expect(read("scrape_error 1\n").incomplete).toBe(true);
  });

  it("counts what it cannot read and goes on; NaN, infinities and negatives are no measurement", () => {
    const page = read(
      [
        row("container_memory_working_set_bytes", "five", 1),
        'container_memory_working_set_bytes{container="build" 5',
        `${row("container_memory_working_set_bytes", 5, 1)}${" ".repeat(9_000)}`,
        row("container_memory_working_set_bytes", "NaN", 1),
        row("container_memory_working_set_bytes", "+Inf", 1),
        row("container_memory_working_set_bytes", "-5", 1),
        row("container_memory_working_set_bytes", 6, 2),
      ].join("\n"),
    );
    expect(page.containers).toMatchObject([{ workingSetBytes: 6, atMs: 2 }]);
    expect(page.unreadable).toBe(4);
  });

  it("bounds the rows of a hostile page and says how many it dropped", () => {
    const page = read(
      Array.from({ length: 20_500 }, (_, i) => row("container_memory_working_set_bytes", 1, 1, "build", `p${i}`)).join("\n"),
    );
    expect([page.containers.length, page.dropped]).toEqual([20_000, 500]);
  });

  it("is the same however it is cut, and survives damage anywhere (seed printed)", () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    console.info(`seed ${seed}`);
    const random = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    for (let round = 0; round < 200; round++) {
      const lines = Array.from({ length: 20 }, () =>
        row(
          pick(["container_cpu_usage_seconds_total", "container_memory_working_set_bytes", "container_swap_usage_bytes"]),
          pick(["0", "1.5", "NaN", "-1", "3e+09", "+Inf", "x"]),
          pick([1, 20, 300, null]),
          pick(["build", "helper", "wéird", 'a\\"b}{']),
          pick(["p1", "p2"]),
        ),
      );
      const text = lines.join("\n") + pick(["", "\n"]);
      const whole = read(text);
      expect(read(text, () => 1 + Math.floor(random() * 40))).toEqual(whole);
      expect(whole.containers).toEqual(slowly(lines));
      const bytes = Buffer.from(text);
      for (let i = 0; i < 20; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      expect(() => read(bytes)).not.toThrow();
    }
  });
});

/** The obvious way, line by line, over what the rows were made of. */
function slowly(lines: readonly string[]): unknown[] {
  const found = new Map<string, Record<string, unknown>>();
  for (const line of lines) {
    const [, metric, container = "", pod = "", value, at = "0"] =
      /^(\w+)\{container="(.*)",namespace="ci",pod="(\w+)"\} (\S+)(?: (\d+))?$/.exec(line) ?? [];
    const field = { container_cpu_usage_seconds_total: "cpuUsageSeconds", container_memory_working_set_bytes: "workingSetBytes" }[
      metric ?? ""
    ];
    if (field === undefined || !(Number(value) >= 0) || value === "+Inf") continue;
    const name = container.replaceAll('\\"', '"');
    const before = found.get(`${pod}/${name}`) ?? { container: name, pod, atMs: 0 };
    found.set(`${pod}/${name}`, { ...before, [field]: Number(value), atMs: Math.max(before["atMs"] as number, Number(at)) });
  }
  return [...found.values()].map((one) => expect.objectContaining({ ...one, atMs: one["atMs"] === 0 ? 42 : one["atMs"] }) as unknown);
}
