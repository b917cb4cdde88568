import { describe, expect, it } from "vitest";
import { valueOf } from "../base/known.ts";
import { RecordedWorld } from "../testing/recorded-world.ts";
import { readTenJobs, readTenJobsUsage, type Step } from "../testing/replay.ts";
import type { Fleet } from "./fold-fleet.ts";
import { jobRowSchema, jobSchema, overviewSchema, type Job } from "./schema.ts";

/** What happened in each of the recorded jobs: the end as Kubernetes and kubelet can tell it, and every finding with its container. */
const TRUTH: [id: string, name: string, verdict: Partial<Job["verdict"]>, findings: string[]][] = [
  ["1012", "throttle", { kind: "unknown" }, ["cpu-throttling build"]],
  ["1014", "svc-oom", { kind: "oom-killed", certainty: "possible", container: "db" }, ["oom-kill db"]],
  ["1015", "bad-image", { kind: "image-pull-failed", certainty: "confirmed", container: "build" }, []],
  ["1018", "unit-test", { kind: "unknown" }, []],
  ["1019", "oom-child", { kind: "oom-killed", certainty: "possible", container: "build" }, ["oom-kill build"]],
  ["1020", "oom-main", { kind: "oom-killed", certainty: "possible", container: "build" }, ["oom-kill build"]],
  ["1021", "throttle", { kind: "unknown" }, ["cpu-throttling build"]],
  ["1022", "redis-svc", { kind: "unknown" }, []],
  ["1023", "svc-oom", { kind: "oom-killed", certainty: "possible", container: "db" }, ["oom-kill db"]],
  ["1024", "bad-image", { kind: "image-pull-failed", certainty: "confirmed", container: "build" }, []],
  ["1026", "exit3", { kind: "unknown" }, []],
  ["1027", "docker-build", { kind: "unknown" }, []],
];

function replay(world: RecordedWorld, change: (step: Step) => Step, history: Map<string, Job[]>): Fleet {
  const parts = [
    ...readTenJobs().steps.map((step) => ({ at: step.at, take: () => world.apply(change(step)) })),
    ...readTenJobsUsage().map((page) => ({ at: page.at, take: () => world.scrape(page) })),
  ].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  let fleet: Fleet | null = null;
  for (const part of parts) {
    part.take();
    fleet = world.fold(fleet);
    for (const job of fleet.jobs.values()) {
      const jobs = history.get(job.key) ?? [];
      if (jobs.at(-1) !== job) history.set(job.key, [...jobs, job]);
    }
  }
  return fleet!;
}

describe("ten recorded jobs of a real cluster, with their kubelet's pages", () => {
  const world = new RecordedWorld();
  const history = new Map<string, Job[]>();
  const fleet = replay(world, (step) => step, history);

  const jobOf = (id: string) => [...fleet.jobs.values()].find((job) => valueOf(job.gitlab.id) === id)!;

  it.each(TRUTH)("%s %s", (id, name, verdict, findings) => {
    const job = jobOf(id);
    expect(valueOf(job.gitlab.name)).toBe(name);
    expect(job.verdict).toMatchObject(verdict);
    expect(job.findings.filter(({ kind }) => kind !== "unschedulable").map(({ kind, container }) => `${kind} ${container}`)).toEqual(
      findings,
    );
  });

  it("says the same of jobs without a name", () => {
    const nameless = (step: Step): Step => {
      if (!("pod" in step)) return step;
      const { "job.runner.gitlab.com/name": _name, ...annotations } = step.pod.annotations;
      return { ...step, pod: { ...step.pod, annotations } };
    };
    const others = replay(new RecordedWorld(), nameless, new Map());
    for (const job of fleet.jobs.values()) {
      const other = others.jobs.get(job.key);
      expect(valueOf(other!.gitlab.name)).toBeNull();
      expect({ verdict: other?.verdict, findings: other?.findings }).toEqual({ verdict: job.verdict, findings: job.findings });
    }
  });

  it("sees the kill of a child while the container runs on, half a minute before its status says so", () => {
    const live = history.get(jobOf("1019").key)!.find((job) => job.findings.some(({ kind }) => kind === "oom-kill"))!;
    expect(live.ending).toBe("live");
    expect(live.containers.find(({ name }) => name === "build")?.state).toMatchObject({ value: { kind: "running" } });
    const kill = jobOf("1019").findings.find(({ kind }) => kind === "oom-kill")!;
    expect(kill.evidence.map(({ field }) => field)).toEqual([
      "pod.status.containerStatuses[build].state.terminated.reason",
      'container_oom_events_total{container="build"}',
      'container_memory_max_usage_bytes{container="build"}',
    ]);
    expect(Date.parse(kill.evidence[0]!.at!) - Date.parse(kill.at!)).toBeGreaterThan(30_000);
    expect(kill.remedy).toEqual({ key: "remedy.memory.build", values: { limit: "512\u202fMiB", value: "640Mi" } });
  });

  it("measures throttling as the cgroup counted it, and a limit that would have done", () => {
    const [finding] = jobOf("1012").findings;
    expect(finding).toMatchObject({
      certainty: "confirmed",
      sentence: { key: "finding.cpu-throttling", values: { container: "build", share: "93\u202f%", lost: "36\u202fs", limit: "0.50" } },
      remedy: { key: "remedy.cpu.build", values: { value: "1750m" } },
    });
  });

  it("keeps what was used after the pod has gone", () => {
    for (const id of ["1018", "1026"]) {
      const build = jobOf(id).containers.find(({ name }) => name === "build");
      expect(build?.usage).toMatchObject({ state: "known", source: "kubelet, /metrics/cadvisor" });
    }
    expect(jobOf("1024").containers.find(({ name }) => name === "build")?.usage).toEqual({ state: "unknown", reason: "not-reached" });
    expect(fleet.rows.get(jobOf("1021").key)?.use).toMatchObject({
      cpu: { value: { container: "build", limit: 500, throttledShare: 270 / 311 } },
    });
  });

  it("counts the last hour: each kill once, and the worst of them", () => {
    expect(fleet.overview.lastHour).toMatchObject({
      oomKills: { value: 4 },
      oomJobs: { value: 4 },
      throttledJobs: { value: 2 },
      worst: { kind: "oom-kill", name: "svc-oom", container: "db", runs: 2 },
    });
    expect(fleet.overview.lastHour.marks).toHaveLength(6);
  });

  it("fits the schemas of the wire", () => {
    for (const job of [...history.values()].flat()) expect(jobSchema.safeParse(job).error).toBeUndefined();
    for (const row of fleet.rows.values()) expect(jobRowSchema.safeParse(row).error).toBeUndefined();
    expect(overviewSchema.safeParse(fleet.overview).error).toBeUndefined();
  });

  it("gives from scratch what it gave step by step", () => {
    const scratch = world.fold(null);
    for (const job of fleet.jobs.values()) {
      // Deletion wiped the refusal of an image from the status; only whoever watched remembers it.
      if (job.verdict.kind === "image-pull-failed") continue;
      expect({ ...scratch.jobs.get(job.key), firstSeen: "" }).toEqual({ ...job, firstSeen: "" });
    }
  });
});
