import { describe, expect, it } from "vitest";
import { valueOf } from "../../base/known.ts";
import { RecordedWorld } from "../../testing/recorded-world.ts";
import { expectSentences } from "../../testing/judge-pod.ts";
import { readTenJobs, readTenJobsManagers, readTenJobsUsage } from "../../testing/replay.ts";
import type { Fleet } from "../fold-fleet.ts";
import { jobRowSchema, jobSchema, overviewSchema, type Job } from "../schema.ts";

const { outcomes, steps } = readTenJobs();

function replay(): { fleet: Fleet; history: Map<string, Job[]>; world: RecordedWorld } {
  const world = new RecordedWorld();
  const parts = [
    ...steps.map((step) => ({ atMs: Date.parse(step.at), take: () => world.apply(step) })),
    ...readTenJobsUsage().map((page) => ({ atMs: Date.parse(page.at), take: () => world.scrape(page) })),
    ...readTenJobsManagers().map((look) => ({ atMs: look.atMs, take: () => world.look(look) })),
  ].toSorted((a, b) => a.atMs - b.atMs);
  let fleet: Fleet | null = null;
  const history = new Map<string, Job[]>();
  for (const part of parts) {
    part.take();
    fleet = world.fold(fleet);
    for (const job of fleet.jobs.values()) {
      const jobs = history.get(job.key) ?? [];
      if (jobs.at(-1) !== job) history.set(job.key, [...jobs, job]);
    }
  }
  return { fleet: fleet!, history, world };
}

/** What really happened (as GitLab was told), and what managers and Kubernetes together can say of it. */
const TRUTH: [id: string, name: string, state: string, verdict: Partial<Job["verdict"]>, findings: string[]][] = [
  ["1018", "unit-test", "success", { kind: "succeeded", certainty: "likely" }, []],
  ["1019", "oom-child", "success", { kind: "succeeded", certainty: "likely" }, ["oom-kill"]],
  ["1020", "oom-main", "failed", { kind: "oom-killed", certainty: "likely", container: "build" }, ["oom-kill"]],
  ["1021", "throttle", "success", { kind: "unknown", certainty: "possible" }, ["cpu-throttling"]],
  ["1022", "redis-svc", "success", { kind: "succeeded", certainty: "likely" }, []],
  ["1023", "svc-oom", "success", { kind: "succeeded", certainty: "likely" }, ["oom-kill"]],
  ["1024", "bad-image", "failed", { kind: "image-pull-failed", certainty: "confirmed" }, []],
  ["1026", "exit3", "failed", { kind: "unknown", certainty: "possible" }, []],
  ["1027", "docker-build", "success", { kind: "succeeded", certainty: "likely" }, []],
];

describe("ten recorded jobs with what their managers said", () => {
  const { fleet, history, world } = replay();
  const jobOf = (id: string) => [...fleet.jobs.values()].find((job) => valueOf(job.gitlab.id) === id)!;

  it.each(TRUTH)("%s %s (%s)", (id, name, state, verdict, findings) => {
    expect(outcomes.find((outcome) => outcome.id === id)).toMatchObject({ name, state });
    const job = jobOf(id);
    expect(job.verdict).toMatchObject(verdict);
    expect(job.findings.map(({ kind }) => kind).filter((kind) => kind !== "unschedulable")).toEqual(findings);
    expectSentences([job.verdict, ...job.findings].flatMap((statement) => [statement.sentence, statement.remedy]));
  });

  it("never says another end than GitLab was told", () => {
    for (const { id, state } of outcomes) {
      const verdict = [...fleet.jobs.values()].find((job) => valueOf(job.gitlab.id) === id)?.verdict;
      if (verdict === undefined || verdict.certainty === "possible") continue;
      const { kind } = verdict;
      expect({ id, succeeded: kind === "succeeded" }).toEqual({ id, succeeded: state === "success" });
    }
  });

  it("names both jobs where one of two failed and nobody can tell which", () => {
    for (const [id, other] of [
      ["1021", "1026"],
      ["1026", "1021"],
    ] as const) {
      const { verdict } = jobOf(id);
      expect(verdict.sentence).toEqual({ key: "unknown.shared", values: { count: 2, failures: 1 } });
      expect(verdict.evidence[0]?.value).toContain(`job ${id} left between`);
      expect(verdict.evidence[0]?.value).toContain(`together with ${other}`);
      expect(verdict.evidence[1]).toMatchObject({ field: "gitlab_runner_failed_jobs_total", value: "script_failure +1" });
    }
  });

  it("knows the manager of every job from its list of jobs", () => {
    for (const [id] of TRUTH)
      expect(jobOf(id).manager).toMatchObject({
        state: "known",
        value: { pod: expect.stringContaining("gitlab-runner-10.88.0."), via: "debug-list", doubt: null },
      });
  });

  it("tells sources, script and artifacts apart, in order and to the seconds between two looks", () => {
    const order = ["scheduling", "starting", "executing", "sources", "script", "artifacts", "cleanup", "ended"];
    const phasesOf = (id: string) =>
      history
        .get(jobOf(id).key)!
        .map((job) => job.phase)
        .filter((phase, index, all) => phase !== all[index - 1]);
    for (const [id] of TRUTH) expect(phasesOf(id)).toEqual(order.filter((phase) => phasesOf(id).includes(phase as Job["phase"])));
    expect(phasesOf("1022")).toContain("script");
    for (const [id] of TRUTH) {
      const { lifecycle } = jobOf(id);
      const borders = lifecycle
        .flatMap(({ start, end }) => [start, end])
        .flatMap((fact) => (fact.state === "known" ? [Date.parse(fact.value)] : []));
      expect(borders).toEqual(borders.toSorted((a, b) => a - b));
    }
  });

  it("fits the schemas of the wire, and folds to the same from scratch", () => {
    for (const job of [...history.values()].flat()) expect(jobSchema.safeParse(job).error).toBeUndefined();
    for (const row of fleet.rows.values()) expect(jobRowSchema.safeParse(row).error).toBeUndefined();
    expect(overviewSchema.safeParse(fleet.overview).error).toBeUndefined();
    const scratch = world.fold(null);
    for (const [id] of TRUTH) {
      if (id === "1024") continue; // Remembers a refusal that its status lost.
      const key = jobOf(id).key;
      expect({ ...scratch.jobs.get(key), firstSeen: "" }).toEqual({ ...jobOf(id), firstSeen: "" });
    }
    expect(world.fold(fleet).jobs).toBe(fleet.jobs);
  });
});
