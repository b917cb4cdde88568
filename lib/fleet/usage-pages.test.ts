import { describe, expect, it } from "vitest";
import { valueOf } from "../base/known.ts";
import { parseCadvisor } from "../metrics/parse-cadvisor.ts";
import { PodUsages } from "../metrics/pod-usages.ts";
import type { PodUsage } from "../metrics/schema.ts";
import { at, buildContainer, running, terminated } from "../testing/build-pod-record.ts";
import { init, judgePod } from "../testing/judge-pod.ts";
import type { Job } from "./schema.ts";

/*
 * Pages and statuses written from the reference (kubernetes-signals 1.2, 1.3, 1.5, 2.1), not recorded: cgroup v2, CRI-O and the rows that the
 * CRI gives cannot be shown on the machine the recordings are from.
 */
const UID = "11111111-0000-4000-8000-000000000000";
const ID = { build: "b".repeat(64), docker: "d".repeat(64) };

interface Shape {
  scheme: string;
  /** cgroup path of a container. */
  path: (id: string) => string;
  named: boolean;
  v2: boolean;
}

const slice = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID.replaceAll("-", "_")}.slice`;
const SHAPES: Record<string, Shape> = {
  "containerd, cgroupfs, cgroup v1": { scheme: "containerd", path: (id) => `/kubepods/burstable/pod${UID}/${id}`, named: true, v2: false },
  "containerd, systemd, cgroup v2": { scheme: "containerd", path: (id) => `${slice}/cri-containerd-${id}.scope`, named: true, v2: true },
  "CRI-O, systemd, cgroup v2": { scheme: "cri-o", path: (id) => `${slice}/crio-${id}.scope`, named: true, v2: true },
  "rows from the CRI, without a name": {
    scheme: "containerd",
    path: (id) => `${slice}/cri-containerd-${id}.scope`,
    named: false,
    v2: true,
  },
};

interface Figures {
  oom?: number;
  nested?: number;
  peak?: number;
  throttled?: number;
}

/** One page at T+seconds with rows of build, of Docker-in-Docker and of a container inside it, of the sandbox, the pod and the machine. */
function pageOf({ path, named, v2 }: Shape, seconds: number, { oom = 0, nested = 0, peak = 1, throttled = 0 }: Figures): string {
  const ms = Date.parse(at(seconds));
  const labels = (container: string, id: string, name: string) =>
    `container="${container}",id="${id}",image="${name === "" ? "" : "registry.example/x:1"}"${named ? `,name="${name}"` : ""},namespace="ci",pod="p"`;
  const rows = (container: string, id: string, name: string, figures: Figures) =>
    [
      ["container_cpu_usage_seconds_total", seconds / 2],
      ["container_cpu_cfs_periods_total", seconds * 10],
      ["container_cpu_cfs_throttled_periods_total", figures.throttled ?? 0],
      ["container_cpu_cfs_throttled_seconds_total", (figures.throttled ?? 0) / 10],
      ["container_memory_working_set_bytes", 2 ** 20],
      ["container_memory_max_usage_bytes", figures.peak ?? 1],
      ["container_memory_failcnt", v2 ? 0 : 7],
      ["container_oom_events_total", figures.oom ?? 0],
    ].map(
      ([metric, value]) =>
        `${metric}{${labels(container, id, name)}${metric === "container_cpu_usage_seconds_total" ? ',cpu="total"' : ""}} ${value} ${ms}`,
    );
  const own = [
    ...rows("build", path(ID.build), ID.build, { oom, peak, throttled }),
    ...rows("docker", path(ID.docker), ID.docker, {}),
    `container_oom_events_total{container="",id="${path(ID.docker)}/docker/${"e".repeat(64)}",image="",name="",namespace="",pod=""} ${nested} ${ms}`,
    // Rows that stand for more than one container: a reader who adds them counts everything twice.
    `container_oom_events_total{container="",id="${path("").replace(/\/[^/]*$/, "")}",image="",name="",namespace="ci",pod="p"} 0 ${ms}`,
    `container_oom_events_total{container="POD",id="${path("f".repeat(64))}",image="",name="sandbox",namespace="ci",pod="p"} 0 ${ms}`,
    `container_oom_events_total{container="",id="/",image="",name="",namespace="",pod=""} 9 ${ms}`,
  ];
  return `${own.join("\n")}\n`;
}

function usageOf(shape: Shape, pages: [seconds: number, figures: Figures][]): PodUsage {
  const usages = new PodUsages();
  const wanted = new Map(Object.entries(ID).map(([name, id]) => [id, { podUid: UID, name }]));
  for (const [seconds, figures] of pages) usages.add(parseCadvisor(pageOf(shape, seconds, figures), Date.parse(at(seconds))), wanted);
  return usages.snapshot().get(UID)!;
}

function judge(shape: Shape, pages: [number, Figures][], build = running()): Job {
  const id = (name: keyof typeof ID) => ({ containerId: `${shape.scheme}://${ID[name]}` });
  const containers = [
    init,
    buildContainer("build", build, id("build")),
    buildContainer("docker", running(), { ...id("docker"), image: "docker:27-dind" }),
  ];
  return judgePod({ pod: { containers }, usage: usageOf(shape, pages) });
}

describe.each(Object.entries(SHAPES))("a page of %s", (_name, shape) => {
  const usageIn = (job: Job, name: string) => valueOf(job.containers.find((container) => container.name === name)!.usage);

  it("gives each container its own use, and nobody the rows of pod, sandbox and machine", () => {
    const job = judge(shape, [
      [10, {}],
      [25, { peak: 2 ** 28 }],
    ]);
    expect(usageIn(job, "build")).toMatchObject({
      samples: 2,
      cpuMillicores: 500,
      peak: { bytes: 2 ** 28, from: "kernel" },
      oom: { events: 0 },
    });
    expect(usageIn(job, "docker")).toMatchObject({ samples: 2, oom: { events: 0 }, nestedOom: null });
    expect(job.findings).toEqual([]);
  });

  it("shows the kill of a process by the counter", () => {
    const { verdict, findings } = judge(shape, [
      [10, {}],
      [25, { oom: 198, peak: 512 * 2 ** 20 }],
    ]);
    expect(verdict.kind).toBe("running");
    expect(findings).toMatchObject([
      { kind: "oom-kill", container: "build", at: "2026-03-01T12:00:25.000Z", sentence: { key: "finding.oom-process" } },
    ]);
  });

  it("shows the kill of a whole container by its status, after a page that counted none", () => {
    const { verdict, findings } = judge(
      shape,
      [
        [10, {}],
        [25, {}],
      ],
      terminated("OOMKilled", 137, 29),
    );
    expect(verdict).toMatchObject({ kind: "oom-killed", certainty: "confirmed", container: "build" });
    expect(findings).toEqual([]);
  });

  it("tells a container inside Docker-in-Docker from the daemon", () => {
    const { findings } = judge(shape, [
      [10, {}],
      [25, { nested: 1 }],
    ]);
    expect(findings).toMatchObject([
      { kind: "oom-kill", container: "docker", sentence: { key: "finding.oom-nested" }, remedy: { key: "remedy.memory.nested" } },
    ]);
  });

  it("shows throttling", () => {
    expect(
      judge(shape, [
        [10, {}],
        [25, { throttled: 200 }],
      ]).findings,
    ).toMatchObject([{ kind: "cpu-throttling", container: "build", sentence: { values: { share: "80\u202f%", lost: "20\u202fs" } } }]);
  });
});

describe("a kubelet that lacks rows", () => {
  const shape = SHAPES["containerd, systemd, cgroup v2"]!;

  it("cgroup v2 before 5.19 has no peak: the highest sample stands for it, and says so", () => {
    const job = judge(shape, [
      [10, { peak: 0 }],
      [25, { peak: 0 }],
    ]);
    expect(valueOf(job.containers[1]!.usage)?.peak).toEqual({ bytes: 2 ** 20, from: "samples" });
  });

  it("without a quota there are no CFS rows, and no throttling of 0 %", () => {
    const text = pageOf(shape, 25, {}).replaceAll(/^container_cpu_cfs.*\n/gm, "");
    const usages = new PodUsages();
    usages.add(parseCadvisor(text, 0), new Map([[ID.build, { podUid: UID, name: "build" }]]));
    expect([...usages.snapshot().get(UID)!.containers.values()][0]?.usage.cfs).toBeNull();
  });
});
