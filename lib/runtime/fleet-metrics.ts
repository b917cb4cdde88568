import { Counter, Gauge, type Registry } from "prom-client";
import { valueOf } from "../base/known.ts";
import type { Fleet } from "../fleet/fold-fleet.ts";
import { problemSchema, type JobRow, type Problem } from "../fleet/schema.ts";

/** A label value of a project, a runner or a set of tags is made at most so often; the rest is counted as `other`, so that a big GitLab does not fill a Prometheus. */
const MOST_VALUES = 100;
/** Jobs of which it is remembered that they were counted. */
const MOST_COUNTED = 50_000;

/** Values of one label, bounded. */
class LabelValues {
  readonly #seen = new Set<string>();

  of(value: string): string {
    if (this.#seen.has(value)) return value;
    if (this.#seen.size >= MOST_VALUES) return "other";
    this.#seen.add(value);
    return value;
  }
}

/** Keys that were counted once, the oldest forgotten first. */
class CountedOnce {
  readonly #keys = new Set<string>();

  /** True the first time. */
  first(key: string): boolean {
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    for (const old of this.#keys) {
      if (this.#keys.size <= MOST_COUNTED) break;
      this.#keys.delete(old);
    }
    return true;
  }
}

/**
 * The fleet's figures for a Prometheus: no label names a job. What is not known has no series at all, so that an alert can tell it from 0
 * (`absent()`), and a gauge never reads 0 because nobody looked.
 */
export class FleetMetrics {
  readonly #runners = new LabelValues();
  readonly #projects = new LabelValues();
  readonly #tags = new LabelValues();
  readonly #counted = new CountedOnce();
  readonly #oomKilled: Counter<"runner" | "project">;
  readonly #throttled: Counter<"runner" | "project">;
  readonly #ended: Counter<"verdict">;

  constructor(registry: Registry, fleet: () => Fleet, now: () => number) {
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
    this.#oomKilled = counter(
      "runnerscope_oom_killed_jobs_total",
      "Jobs in which something was OOM-killed, since this process began to watch",
      ["runner", "project"],
    );
    this.#throttled = counter(
      "runnerscope_throttled_jobs_total",
      "Jobs that lost a quarter of their CPU periods or more, since this process began to watch",
      ["runner", "project"],
    );
    this.#ended = counter(
      "runnerscope_ended_jobs_total",
      "Jobs whose pod is gone and whose end is known, by verdict, since this process began to watch",
      ["verdict"],
    );
    const gauge = (name: string, help: string, labelNames: string[], read: () => [Record<string, string>, number][]) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers: [registry],
        collect() {
          this.reset();
          for (const [labels, value] of read()) this.set(labels, value);
        },
      });
    gauge("runnerscope_slots", "Slots of the managers that tell, by state", ["state"], () => slotsOf(fleet()));
    gauge("runnerscope_manager_slots", "Slots of one manager, by state", ["cluster", "manager", "state"], () => managerSlotsOf(fleet()));
    gauge("runnerscope_managers", "Runner managers; `silent` ones do not tell their slots", ["state"], () => managersOf(fleet()));
    gauge("runnerscope_waiting_jobs", "Jobs that wait in GitLab, by tags", ["tags"], () => this.#waiting(fleet(), ({ count }) => count));
    gauge("runnerscope_oldest_wait_seconds", "How long the oldest of them waits", ["tags"], () =>
      this.#waiting(fleet(), ({ oldestAt }) => (oldestAt === null ? null : Math.max(0, (now() - Date.parse(oldestAt)) / 1_000))),
    );
    gauge("runnerscope_jobs", "Live job pods by verdict", ["verdict"], () => verdictsOf(fleet()));
    gauge("runnerscope_problems", "Problems of the page Now, by kind and by whether they need somebody", ["kind", "group"], () =>
      problemsOf(fleet(), () => 1),
    );
    gauge("runnerscope_problem_jobs", "Jobs that these problems harm", ["kind", "group"], () => problemsOf(fleet(), ({ jobs }) => jobs));
    gauge("runnerscope_ceiling_binds", "1 for the ceiling that binds", ["ceiling"], () => ceilingsOf(fleet()));
  }

  /** Counts what became known in this fold. */
  observe(fleet: Fleet): void {
    for (const fold of fleet.folds.values()) for (const { row } of fold.changed) this.#count(row);
  }

  #count(job: JobRow): void {
    const kinds = new Set(job.findings);
    const labels = () => ({
      runner: this.#runners.of(valueOf(job.runner.name) ?? valueOf(job.runner.shortToken) ?? "unknown"),
      project: this.#projects.of(valueOf(job.gitlab.project) ?? "unknown"),
    });
    if (
      (kinds.has("oom-kill") || (job.verdict.kind === "oom-killed" && job.verdict.certainty !== "possible")) &&
      this.#counted.first(`oom ${job.key}`)
    )
      this.#oomKilled.inc(labels());
    if (kinds.has("cpu-throttling") && this.#counted.first(`throttled ${job.key}`)) this.#throttled.inc(labels());
    // The outcome may become known some seconds after the pod went: a job that is still unknown is counted when it is known, or not at all.
    if (job.ending !== "live" && job.verdict.kind !== "unknown" && this.#counted.first(`ended ${job.key}`))
      this.#ended.inc({ verdict: job.verdict.kind });
  }

  #waiting(fleet: Fleet, read: (group: { count: number; oldestAt: string | null }) => number | null): [Record<string, string>, number][] {
    const groups = valueOf(fleet.overview.waitingTags) ?? [];
    return groups.flatMap((group) => {
      const value = read(group);
      return value === null ? [] : [[{ tags: this.#tags.of(group.tags.toSorted((a, b) => a.localeCompare(b)).join(",")) }, value]];
    });
  }
}

function slotsOf({ overview }: Fleet): [Record<string, string>, number][] {
  const { total, used, free, managers, unknownManagers } = overview.capacity.slots;
  return managers === unknownManagers
    ? []
    : [
        [{ state: "total" }, total],
        [{ state: "used" }, used],
        [{ state: "free" }, free],
      ];
}

function managerSlotsOf({ managers }: Fleet): [Record<string, string>, number][] {
  return [...managers.values()].flatMap(({ cluster, pod, slots }) =>
    (["total", "used", "free"] as const).flatMap((state): [Record<string, string>, number][] => {
      const fact = slots[state];
      return fact.state === "known" ? [[{ cluster, manager: pod, state }, fact.value]] : [];
    }),
  );
}

function managersOf({ managers, overview }: Fleet): [Record<string, string>, number][] {
  if (overview.managers.found.state === "unknown") return [];
  const all = [...managers.values()];
  return [
    [{ state: "ready" }, all.filter((manager) => manager.ready).length],
    [{ state: "not-ready" }, all.filter((manager) => !manager.ready).length],
    [{ state: "silent" }, all.filter((manager) => manager.slots.used.state === "unknown").length],
  ];
}

function verdictsOf({ rows, overview }: Fleet): [Record<string, string>, number][] {
  if (overview.live.state === "unknown") return [];
  const counts = new Map<string, number>([
    ["orphaned", 0],
    ["waiting-cluster", 0],
    ["waiting-image", 0],
    ["running", 0],
  ]);
  for (const job of rows.values()) if (job.ending === "live") counts.set(job.verdict.kind, (counts.get(job.verdict.kind) ?? 0) + 1);
  return [...counts].map(([verdict, count]) => [{ verdict }, count]);
}

/** All kinds, so that 0 is told where somebody looked; nothing while nobody does. */
function problemsOf({ overview }: Fleet, read: (problem: Problem) => number): [Record<string, string>, number][] {
  if (overview.live.state === "unknown") return [];
  return problemSchema.shape.group.options.flatMap((group) =>
    problemSchema.shape.kind.options.map((kind): [Record<string, string>, number] => [
      { kind, group },
      overview.problems.filter((one) => one.kind === kind && one.group === group).reduce((sum, one) => sum + read(one), 0),
    ]),
  );
}

function ceilingsOf({ overview }: Fleet): [Record<string, string>, number][] {
  const { binds } = overview.capacity;
  return binds === "unknown"
    ? []
    : (["slots", "request-path", "cluster"] as const).map((ceiling) => [{ ceiling }, binds === ceiling ? 1 : 0]);
}
