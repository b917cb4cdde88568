import { describe, expect, it } from "vitest";
import { CADVISOR_METRICS, newRow, putValue, readRows, type CadvisorRow } from "./cadvisor-rows.ts";
import { CadvisorParser, parseCadvisor } from "./parse-cadvisor.ts";
import { parseLabels } from "./parse-labels.ts";
import type { CadvisorPage } from "./schema.ts";

const ID = "a".repeat(64);
const UID = "008ab238-12b2-4059-b0ca-14ae55593a7b";
const labels = (over: Record<string, string> = {}) => {
  const all = {
    container: "build",
    id: `/kubepods/besteffort/pod${UID}/${ID}`,
    image: "localhost/tools:1",
    name: ID,
    namespace: "ci",
    pod: "runner-x",
    ...over,
  };
  return Object.entries(all)
    .map(([key, value]) => `${key}="${value}"`)
    .join(",");
};
const line = (metric: string, value: string | number, at: number | null = 1_000, over = {}) =>
  `${metric}{${labels(over)}} ${value}${at === null ? "" : ` ${at}`}`;

/** The slow, obvious reader that the fast one is held against. */
function slowly(text: string, scrapedAtMs: number): Pick<CadvisorPage, "containers" | "nested" | "machine"> {
  const rows = new Map<string, CadvisorRow>();
  for (const one of text.split("\n")) {
    const match = /^([a-z_]+)\{(.*)\} (\S+)(?: (\S+))?$/.exec(one);
    const metric = CADVISOR_METRICS.indexOf(match?.[1] as never);
    if (match === null || metric < 0) continue;
    const read = parseLabels(match[2]!);
    const value = Number(match[3]);
    if (read === null || (read.cpu !== null && read.cpu !== "total")) continue;
    const key = JSON.stringify([read.id, read.container, read.pod, read.namespace]);
    const row = rows.get(key) ?? newRow(read);
    rows.set(key, row);
    putValue(row, metric, read.device, value, Number(match[4] ?? 0) || 0);
  }
  return readRows(rows.values(), scrapedAtMs);
}

describe("a cAdvisor page", () => {
  it("adds what the devices of a container hold, each once, and tells a runtime without such rows from 0", () => {
    const disk = (device: string, bytes: number, over = {}) => `container_fs_usage_bytes{device="${device}",${labels(over)}} ${bytes} 5000`;
    const page = parseCadvisor(
      [
        disk("/dev/sda1", 4_096),
        disk("/dev/sdb", 1_000),
        disk("/dev/sda1", 4_096),
        line("container_memory_working_set_bytes", 1, 5_000),
        line("container_memory_working_set_bytes", 1, 5_000, {
          name: "b".repeat(64),
          id: `/kubepods/pod${UID}/${"b".repeat(64)}`,
          container: "helper",
        }),
        disk("/dev/sda1", 0, { name: "c".repeat(64), id: `/kubepods/pod${UID}/${"c".repeat(64)}`, container: "svc-0" }),
      ].join("\n"),
      9_000,
    );
    expect(Object.fromEntries(page.containers.map(({ container, storageBytes }) => [container, storageBytes]))).toEqual({
      build: 5_096,
      helper: null,
      "svc-0": 0,
    });
  });

  it("gives a container's figures with the sample's own time", () => {
    const page = parseCadvisor(
      [
        "# HELP container_cpu_cfs_periods_total x",
        line("container_cpu_cfs_periods_total", 256, 5_000),
        line("container_cpu_cfs_throttled_periods_total", 254, 5_000),
        line("container_memory_working_set_bytes", "1.5e+06", 4_000),
        line("container_memory_max_usage_bytes", 0, 5_000),
        line("container_spec_cpu_quota", 20_000, null),
        line("container_spec_cpu_period", 100_000, null),
        "container_scrape_error 0",
      ].join("\n"),
      9_000,
    );
    expect(page.containers).toHaveLength(1);
    expect(page.containers[0]).toMatchObject({
      container: "build",
      containerId: ID,
      podUid: UID,
      atMs: 5_000,
      cfsPeriods: 256,
      cfsThrottledPeriods: 254,
      workingSetBytes: 1_500_000,
      quotaMillicores: 200,
      maxUsageBytes: null,
      oomEvents: null,
      cpuUsageSeconds: null,
    });
    expect(page.incomplete).toBe(false);
  });

  it("keeps pod, sandbox and slice rows out of the containers, and finds the machine and nested cgroups", () => {
    const page = parseCadvisor(
      [
        line("container_cpu_cfs_throttled_periods_total", 9),
        line("container_cpu_cfs_throttled_periods_total", 0, 1_000, { container: "", image: "", name: "", id: `/kubepods/pod${UID}` }),
        line("container_memory_working_set_bytes", 1, 1_000, { container: "", image: "registry.k8s.io/pause:3.10", name: "b".repeat(64) }),
        line("container_memory_working_set_bytes", 1, 1_000, { container: "POD" }),
        line("container_oom_events_total", 2, 1_000, {
          container: "",
          image: "",
          name: "",
          pod: "",
          namespace: "",
          id: `/kubepods/pod${UID}/${ID}/docker/inner`,
        }),
        line("container_cpu_usage_seconds_total", 77, 2_000, { container: "", image: "", name: "", pod: "", namespace: "", id: "/" }),
      ].join("\n"),
      9_000,
    );
    expect(page.containers.map((sample) => sample.container)).toEqual(["build"]);
    expect(page.machine).toEqual({ atMs: 2_000, cpuUsageSeconds: 77, workingSetBytes: null });
    expect(page.nested).toEqual([
      { containerId: ID, id: `/kubepods/pod${UID}/${ID}/docker/inner`, atMs: 1_000, workingSetBytes: null, oomEvents: 2 },
    ]);
  });

  it("reads systemd paths, pages without names (CRI stats) and without times (kwok)", () => {
    const id = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID.replaceAll("-", "_")}.slice/cri-containerd-${ID}.scope`;
    const page = parseCadvisor(line("container_memory_working_set_bytes", 5, null, { id, name: "" }), 9_000);
    expect(page.containers[0]).toMatchObject({ containerId: ID, podUid: UID, atMs: 9_000 });
  });

  it("never adds rows per CPU, keeps the newer of two, and takes NaN and infinities for nothing", () => {
    const cpu = (cpu: string, value: string, at: number) => `container_cpu_usage_seconds_total{cpu="${cpu}",${labels()}} ${value} ${at}`;
    const page = parseCadvisor(
      [
        cpu("cpu00", "1", 1),
        cpu("total", "7", 30),
        cpu("total", "5", 20),
        line("container_memory_rss", "NaN"),
        line("container_memory_failcnt", "+Inf"),
      ].join("\n"),
      9_000,
    );
    expect(page.containers[0]).toMatchObject({ cpuUsageSeconds: 7, rssBytes: null, failures: null });
    expect(page.unreadable).toBe(0);
  });

  it("counts what it cannot read and goes on", () => {
    const page = parseCadvisor(
      [
        'container_memory_rss{id="x" 5',
        "container_memory_rss 5",
        `container_memory_rss{${labels()}} five`,
        `container_memory_rss{id=unquoted} 5`,
        `container_memory_rss{id="${"x".repeat(70_000)}"} 5`,
        line("container_memory_rss", 5),
      ].join("\n"),
      9_000,
    );
    expect(page.unreadable).toBe(5);
    expect(page.containers[0]?.rssBytes).toBe(5);
  });

  it("bounds the rows of a hostile page and says how many it dropped", () => {
    const text = Array.from({ length: 20_500 }, (_, i) => line("container_memory_rss", 1, 1, { pod: `p${i}` })).join("\n");
    const page = parseCadvisor(text, 9_000);
    expect(page.containers).toHaveLength(20_000);
    expect(page.dropped).toBe(500);
  });

  it("shows PSI only where the kernel has it", () => {
    const zero = parseCadvisor(line("container_pressure_cpu_waiting_seconds_total", 0), 1);
    expect(zero.containers[0]?.cpuWaitingSeconds).toBeNull();
    const some = parseCadvisor(
      [
        line("container_pressure_cpu_waiting_seconds_total", 0),
        line("container_pressure_cpu_waiting_seconds_total", 2, 1, { container: "helper", name: "c".repeat(64) }),
      ].join("\n"),
      1,
    );
    expect(some.containers.map((sample) => sample.cpuWaitingSeconds)).toEqual([0, 2]);
  });

  it("agrees with a slow reader on random pages, cut anywhere into chunks, damaged anywhere (seed printed)", () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    console.info(`seed ${seed}`);
    const random = mulberry(seed);
    for (let round = 0; round < 150; round++) {
      const text = randomPage(random);
      const bytes = Buffer.from(text);
      const parser = new CadvisorParser();
      for (let at = 0; at < bytes.length;) {
        const size = 1 + Math.floor(random() * 400);
        parser.push(bytes.subarray(at, at + size));
        at += size;
      }
      const page = parser.end(42);
      expect({ containers: page.containers, nested: page.nested, machine: page.machine }).toEqual(slowly(text, 42));
    }
  });

  it("survives random bytes", () => {
    const random = mulberry(7);
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.from(randomPage(random));
      for (let i = 0; i < 20; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      expect(() => parseCadvisor(bytes, 1)).not.toThrow();
    }
  });
});

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function randomPage(random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const lines: string[] = [];
  for (let i = 0; i < 30; i++) {
    const metric = pick([...CADVISOR_METRICS, "container_fs_reads_total", "machine_cpu_cores", "go_info"]);
    const value = pick(["0", "1", "3.25", "1.7e+09", "NaN", "+Inf", "-1", "12345678"]);
    const over = {
      container: pick(["build", "helper", "", "POD", "wéird"]),
      pod: pick(["p1", "p2", ""]),
      name: pick([ID, "b".repeat(64), ""]),
      id: pick([`/kubepods/pod${UID}/${ID}`, "/", `/kubepods/pod${UID}`, `/kubepods/pod${UID}/${ID}/docker/x`, 'we\\"ird}{']),
      image: pick(["i:1", "", "a\\\\", "a b,c=d"]),
    };
    lines.push(line(metric, value, random() < 0.8 ? Math.floor(random() * 1e6) : null, over));
    if (random() < 0.2) lines.push(`# TYPE ${metric} counter`);
  }
  return lines.join("\n") + (random() < 0.5 ? "\n" : "");
}
