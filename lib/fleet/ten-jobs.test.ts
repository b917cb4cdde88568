import { describe, expect, it } from "vitest";
import { RecordedWorld } from "../testing/recorded-world.ts";
import { readTenJobs } from "../testing/replay.ts";
import type { Fleet } from "./fold-fleet.ts";
import { valueOf } from "../base/known.ts";
import { jobRowSchema, jobSchema, overviewSchema, type Job } from "./schema.ts";

const { outcomes, steps } = readTenJobs();

const jobOf = (fleet: Fleet, id: string) => [...fleet.jobs.values()].find((job) => valueOf(job.gitlab.id) === id);

function replay(remember = true): { fleet: Fleet; history: Map<string, Job[]> } {
  const world = new RecordedWorld();
  let fleet: Fleet | null = null;
  const history = new Map<string, Job[]>();
  for (const step of steps) {
    world.apply(step, remember);
    fleet = world.fold(fleet);
    for (const job of fleet.jobs.values()) {
      const jobs = history.get(job.key) ?? [];
      if (jobs.at(-1) !== job) history.set(job.key, [...jobs, job]);
    }
  }
  return { fleet: fleet!, history };
}

/** What really happened, and what Kubernetes alone can say about it. */
const TRUTH: [id: string, name: string, state: string, verdict: Partial<Job["verdict"]>, findings: string[]][] = [
  ["1012", "throttle", "success", { kind: "unknown" }, []],
  ["1014", "svc-oom", "success", { kind: "oom-killed", certainty: "possible", container: "db" }, ["oom-kill"]],
  ["1015", "bad-image", "failed", { kind: "image-pull-failed", certainty: "confirmed", container: "build" }, []],
  ["1018", "unit-test", "success", { kind: "unknown" }, []],
  ["1019", "oom-child", "success", { kind: "oom-killed", certainty: "possible", container: "build" }, ["oom-kill"]],
  ["1020", "oom-main", "failed", { kind: "oom-killed", certainty: "possible", container: "build" }, ["oom-kill"]],
  ["1021", "throttle", "success", { kind: "unknown" }, ["unschedulable"]],
  ["1022", "redis-svc", "success", { kind: "unknown" }, ["unschedulable"]],
  ["1023", "svc-oom", "success", { kind: "oom-killed", certainty: "possible", container: "db" }, ["oom-kill", "unschedulable"]],
  ["1024", "bad-image", "failed", { kind: "image-pull-failed", certainty: "confirmed", container: "build" }, ["unschedulable"]],
  ["1026", "exit3", "failed", { kind: "unknown" }, ["unschedulable"]],
  ["1027", "docker-build", "success", { kind: "unknown" }, []],
];

describe("ten recorded jobs of a real cluster", () => {
  const { fleet, history } = replay();

  it.each(TRUTH)("%s %s (%s) ends as Kubernetes can tell it", (id, name, state, verdict, findings) => {
    expect(outcomes.find((outcome) => outcome.id === id)).toMatchObject({ name, state });
    const job = jobOf(fleet, id);
    expect(job?.verdict).toMatchObject(verdict);
    // Those that were under way when the recording began waited before it.
    expect(job?.findings.map((finding) => finding.kind).filter((kind) => kind !== "unschedulable" || Number(id) >= 1018)).toEqual(findings);
    expect(job).toMatchObject({ phase: "ended", ending: "watched", gitlab: { status: { state: "unknown" } } });
  });

  it("says confirmed about no end that GitLab was told otherwise", () => {
    const certain = [...fleet.jobs.values()].filter((job) => job.verdict.certainty === "confirmed").map((job) => valueOf(job.gitlab.id));
    expect(certain.length).toBeGreaterThan(0);
    expect(outcomes.filter((one) => certain.includes(one.id)).map((one) => one.state)).toEqual(certain.map(() => "failed"));
  });

  it("makes a job of every recorded pod and of nothing else; a job without a pod does not exist", () => {
    expect(fleet.jobs.size).toBe(TRUTH.length);
    expect(jobOf(fleet, "1025")).toBeUndefined();
  });

  it("says the same when only the last version of each pod says when deletion was asked for", () => {
    const { fleet: forgetful } = replay(false);
    for (const [id, , , verdict] of TRUTH) expect(jobOf(forgetful, id)?.verdict).toMatchObject(verdict);
  });

  it("sees a service die while the job runs, and says running", () => {
    const during = history.get(jobOf(fleet, "1023")!.key)!.filter((job) => job.phase === "executing");
    expect(during.at(-1)).toMatchObject({ verdict: { kind: "running" } });
    expect(during.at(-1)?.findings.map((finding) => [finding.kind, finding.container])).toContainEqual(["oom-kill", "db"]);
  });

  it("goes through the phases in order, and waits for the cluster where the node was full", () => {
    const phases = (id: string) =>
      history
        .get(jobOf(fleet, id)!.key)!
        .map((job) => job.phase)
        .filter((phase, index, all) => phase !== all[index - 1]);
    expect(phases("1018")).toEqual(["scheduling", "starting", "executing", "cleanup", "ended"]);
    expect(phases("1024")).toEqual(["scheduling", "starting", "cleanup", "ended"]);
    const waits = history.get(jobOf(fleet, "1022")!.key)!.filter((job) => job.verdict.kind === "waiting-cluster");
    expect(waits[0]?.verdict).toMatchObject({ certainty: "confirmed", sentence: { key: "waiting-cluster.cpu", values: { nodes: 1 } } });
  });

  it("keeps to whole seconds of Kubernetes for every border that was seen", () => {
    const unit = jobOf(fleet, "1018")!;
    expect(unit.lifecycle.map((phase) => [phase.phase, phase.status, valueOf(phase.start), valueOf(phase.end)])).toEqual([
      ["queued", "unseen", null, null],
      ["picked-up", "unseen", null, "2026-11-24T04:23:42Z"],
      ["scheduling", "done", "2026-11-24T04:23:42Z", "2026-11-24T04:23:42Z"],
      ["starting", "done", "2026-11-24T04:23:42Z", "2026-11-24T04:23:45Z"],
      ["sources", "unseen", null, null],
      ["script", "unseen", null, null],
      ["artifacts", "unseen", null, null],
      ["cleanup", "done", "2026-11-24T04:23:55Z", unit.deletedAt],
    ]);
    for (const container of unit.containers.filter((one) => one.role !== "init")) expect(container).toMatchObject({ afterDeletion: true });
  });

  it("knows Docker-in-Docker, a service by its alias, and the runner's own containers", () => {
    const roles = (id: string) => Object.fromEntries(jobOf(fleet, id)!.containers.map((container) => [container.name, container.role]));
    expect(roles("1027")).toEqual({ "init-permissions": "init", build: "build", helper: "helper", docker: "dind" });
    expect(roles("1022")).toEqual({ "init-permissions": "init", build: "build", helper: "helper", cache: "service" });
    expect(jobOf(fleet, "1022")!.containers.find((container) => container.role === "service")?.aliases).toContain("cache");
  });

  it("fits the schemas of the wire", () => {
    for (const job of [...history.values()].flat()) expect(jobSchema.safeParse(job).error).toBeUndefined();
    for (const row of fleet.rows.values()) expect(jobRowSchema.safeParse(row).error).toBeUndefined();
    expect(overviewSchema.safeParse(fleet.overview).error).toBeUndefined();
  });
});

/** A small generator of numbers from a seed, so that a failure can be run again (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("folding again and again", () => {
  const seed = Number(process.env["RUNNERSCOPE_TEST_SEED"] ?? Date.now() % 2 ** 31);

  /** What a fold from scratch cannot know. */
  const timeless = (fleet: Fleet) => ({
    jobs: [...fleet.jobs.values()].map((job) => ({ ...job, firstSeen: "" })).toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    rows: [...fleet.rows.values()].map((row) => ({ ...row, firstSeen: "" })).toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    overview: fleet.overview,
  });

  it(`gives what one fold from scratch gives, after any part of the recording and with any steps between (seed ${seed})`, () => {
    const random = randomOf(seed);
    for (let round = 0; round < 12; round++) {
      const world = new RecordedWorld();
      let fleet: Fleet | null = null;
      const end = 1 + Math.floor(random() * steps.length);
      for (const step of steps.slice(0, end)) {
        world.apply(step);
        if (random() < 0.4) fleet = world.fold(fleet);
      }
      fleet = world.fold(fleet);
      const scratch = world.fold(null);
      // The refusal of an image is remembered from a status that is gone; its evidence is the only other thing scratch lacks.
      const pulls = new Set(
        [...fleet.jobs.values()]
          .filter((job) => job.verdict.kind === "image-pull-failed" || job.findings.some((finding) => finding.kind === "image-pull-retry"))
          .map((job) => job.key),
      );
      const without = (one: ReturnType<typeof timeless>) => ({
        jobs: one.jobs.filter((job) => !pulls.has(job.key)),
        rows: one.rows.filter((row) => !pulls.has(row.key)),
      });
      expect({ round, ...without(timeless(fleet)) }).toEqual({ round, ...without(timeless(scratch)) });
      for (const key of pulls) expect(fleet.jobs.get(key)?.verdict.kind).toBe(scratch.jobs.get(key)?.verdict.kind);
    }
  });

  it("keeps the identity of all that did not change, and gives new objects for what did", () => {
    const world = new RecordedWorld();
    let fleet: Fleet | null = null;
    for (const step of steps) {
      world.apply(step);
      const next: Fleet = world.fold(fleet);
      const touched = "pod" in step ? step.pod.uid : step.event.regarding.uid;
      const settled = [...(fleet?.jobs ?? [])].filter(
        ([key, job]) => !key.endsWith(touched) && job.verdict.kind !== "running" && !job.verdict.kind.startsWith("waiting"),
      );
      expect(settled.filter(([key, job]) => next.jobs.get(key) !== job)).toEqual([]);
      const before = fleet?.jobs.get(`bed/${touched}`);
      expect("pod" in step && before !== undefined && next.jobs.get(`bed/${touched}`) === before).toBe(false);
      fleet = next;
    }
    expect(world.fold(fleet)).toMatchObject({ jobs: fleet!.jobs });
    expect(world.fold(fleet).jobs).toBe(fleet!.jobs);
    expect(world.fold(fleet).overview).toBe(fleet!.overview);
  });

  it("keeps what expired events proved", () => {
    const world = new RecordedWorld();
    let fleet: Fleet | null = null;
    for (const step of steps) {
      world.apply(step);
      fleet = world.fold(fleet);
    }
    world.events = new Map();
    const later = world.fold(fleet);
    expect(jobOf(later, "1024")?.verdict.kind).toBe("image-pull-failed");
    expect(world.fold(null).jobs.get(jobOf(later, "1024")!.key)?.verdict.kind).toBe("unknown");
  });
});
