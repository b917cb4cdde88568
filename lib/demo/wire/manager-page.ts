import type { ManagerProcess } from "../model/manager.ts";
import { runnerTraits } from "../model/runner-traits.ts";
import { escapeLabel, family, goFloat } from "./exposition.ts";
/** Families of gitlab-runner 19.4: `fixed` do not change with its jobs and stand as a manager printed them. */
import FAMILIES from "./manager-families.json" with { type: "json" };

const FOLLOWED: Readonly<Record<string, { type: string; help: string }>> = FAMILIES.followed;

type Labels = Record<string, string>;
type Row = readonly [labels: Labels, value: number, suffix?: string];

const DURATION_BUCKETS = [30, 60, 300, 600, 1800, 3600, 7200, 10_800, 18_000, 36_000];
const QUEUE_BUCKETS = [1, 3, 10, 30, 60, 120, 300, 900, 1800, 3600];
const REQUEST_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** `le` comes last, as the Go client writes it. */
function histogram(labels: Labels, values: readonly number[], buckets: readonly number[]): Row[] {
  const rows = buckets.map((edge): Row => [{ ...labels, le: goFloat(edge) }, values.filter((value) => value <= edge).length, "_bucket"]);
  return [
    ...rows,
    [{ ...labels, le: "+Inf" }, values.length, "_bucket"],
    [labels, values.reduce((sum, value) => sum + value, 0), "_sum"],
    [labels, values.length, "_count"],
  ];
}

function requestHistogram(labels: Labels, count: number): Row[] {
  const rows = REQUEST_BUCKETS.map((edge): Row => [{ ...labels, le: goFloat(edge) }, count, "_bucket"]);
  return [...rows, [{ ...labels, le: "+Inf" }, count, "_bucket"], [labels, count * 0.0041, "_sum"], [labels, count, "_count"]];
}

function write(name: string, rows: readonly Row[]): string {
  const { type, help } = FOLLOWED[name] ?? { type: "untyped", help: "" };
  const lines = rows.map(([labels, value, suffix = ""]) => {
    const entries = Object.entries(labels).toSorted(([a], [b]) => (a === "le" ? 1 : b === "le" ? -1 : a < b ? -1 : 1));
    const text = entries.map(([key, label]) => `${key}="${escapeLabel(label)}"`).join(",");
    return `${name}${suffix}${text === "" ? "" : `{${text}}`} ${goFloat(value)}`;
  });
  return family(name, type, help, lines);
}

/** `/metrics` of a manager (names and labels: gitlab-runner 19.4; `runner_name` since 18.2). */
export function managerPage(manager: ManagerProcess, now: number): string {
  const families = [...rowsOf(manager, now)].map(([name, rows]) => [name, write(name, rows)] as const);
  const fixed = FAMILIES.fixed.map(({ name, type, help, rows }) => [name, family(name, type, help, rows)] as const);
  return [...families, ...fixed]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text)
    .join("");
}

function rowsOf(manager: ManagerProcess, now: number): Map<string, Row[]> {
  const { runner, counters, systemId, shortToken } = manager;
  const named: Labels = runnerTraits(runner).hasRunnerNameLabel ? { runner_name: runner.name } : {};
  const own = { runner: shortToken, ...named, system_id: systemId };
  const bare = { runner: shortToken, system_id: systemId };
  const { failures } = failuresOf(counters);
  return new Map<string, Row[]>([
    ["gitlab_runner_acceptable_job_queuing_duration_exceeded_total", [[own, 0]]],
    ...requestRows(manager, bare),
    ["gitlab_runner_concurrent", [[{}, runner.concurrent]]],
    [
      "gitlab_runner_errors_total",
      [
        [{ level: "error" }, failures],
        [{ level: "fatal" }, 0],
        [{ level: "panic" }, 0],
        [{ level: "warning" }, failures * 3],
      ],
    ],
    [
      "gitlab_runner_failed_jobs_total",
      [...counters.failed]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([reason, count]): Row => [{ failure_reason: reason, mode: "traditional", runner: shortToken, ...named }, count]),
    ],
    ["gitlab_runner_job_duration_seconds", histogram({ mode: "traditional", ...own }, counters.durations, DURATION_BUCKETS)],
    ["gitlab_runner_job_execution_mode_total", [[{ executor: "kubernetes", mode: "traditional" }, counters.taken]]],
    ["gitlab_runner_job_queue_depth", [[own, 1]]],
    ["gitlab_runner_job_queue_duration_seconds", histogram({ project_jobs_running: "0", ...own }, counters.queued, QUEUE_BUCKETS)],
    ["gitlab_runner_job_queue_size", [[own, manager.cluster.gitlab.pending.length]]],
    ["gitlab_runner_jobs", jobRows(manager, own)],
    ["gitlab_runner_jobs_total", [[own, counters.taken]]],
    ["gitlab_runner_limit", [[own, runner.limit]]],
    ["gitlab_runner_process_state_info", [[{ state: "running" }, 1]]],
    [
      "gitlab_runner_version_info",
      [
        [
          {
            architecture: "amd64",
            branch: "main",
            built_at: "2026-09-03T21:47:10Z",
            go_version: "go1.26.8",
            name: "gitlab-runner",
            os: "linux",
            revision: runner.revision,
            version: runner.version,
          },
          1,
        ],
      ],
    ],
    ...workerRows(manager, own, now),
    ...processRows(manager, now),
  ]);
}

function workerRows({ runner, counters }: ManagerProcess, own: Labels, now: number): [string, Row[]][] {
  const { failures, script } = failuresOf(counters);
  return [
    ["gitlab_runner_worker_feed_failures_total", [[own, 0]]],
    ["gitlab_runner_worker_feeds_total", [[own, Math.floor((now - counters.startedAt) / 3000)]]],
    ["gitlab_runner_worker_health_check_failures_total", [[own, counters.healthFailures]]],
    [
      "gitlab_runner_worker_processing_failures_total",
      [
        [{ failure_type: "job_failure", ...own }, script],
        [{ failure_type: "no_free_executor", ...own }, 0],
        [{ failure_type: "other", ...own }, failures - script],
      ],
    ],
    [
      "gitlab_runner_worker_slot_operations_total",
      [
        [{ operation: "started" }, runner.concurrent],
        [{ operation: "stopped" }, 0],
      ],
    ],
    ["gitlab_runner_worker_slots_number", [[{}, runner.concurrent]]],
  ];
}

function failuresOf({ failed }: ManagerProcess["counters"]): { failures: number; script: number } {
  return { failures: [...failed.values()].reduce((sum, count) => sum + count, 0), script: failed.get("script_failure") ?? 0 };
}

function requestRows({ runner, counters, inFlight }: ManagerProcess, bare: Labels): [string, Row[]][] {
  const calls = [
    ["patch_trace", "patch", counters.patches, "/api/v4/jobs/{id}/trace", [["202", counters.patches]]],
    [
      "request_job",
      "post",
      counters.taken + counters.empty,
      "/api/v4/jobs/request",
      [
        ["201", counters.taken],
        ["204", counters.empty],
        ["429", counters.throttled],
      ],
    ],
    ["update_job", "put", counters.updates, "/api/v4/jobs/{id}", [["200", counters.updates]]],
  ] as const;
  const { requestConcurrency } = runner;
  return [
    [
      "gitlab_runner_api_request_duration_seconds",
      calls.flatMap(([endpoint, method, count]) => requestHistogram({ endpoint, method, ...bare, status_class: "2xx" }, count)),
    ],
    ["gitlab_runner_api_request_retries_total", calls.map(([, method, count, path]): Row => [{ method, path }, count])],
    [
      "gitlab_runner_api_request_statuses_total",
      calls.flatMap(([endpoint, method, , , statuses]) =>
        statuses.filter(([, count]) => count > 0).map(([status, count]): Row => [{ endpoint, method, ...bare, status }, count]),
      ),
    ],
    ["gitlab_runner_request_concurrency", [[bare, inFlight]]],
    [
      "gitlab_runner_request_concurrency_adaptive_limit",
      [[bare, Math.min(requestConcurrency, 1 + counters.taken / Math.max(1, counters.taken + counters.empty))]],
    ],
    ["gitlab_runner_request_concurrency_exceeded_total", [[bare, counters.exceeded]]],
    ["gitlab_runner_request_concurrency_hard_limit", [[bare, requestConcurrency]]],
    ["gitlab_runner_request_concurrency_used_limit", [[bare, requestConcurrency]]],
  ];
}

/** One series per state and stage that occurs, and the constant idle one. */
function jobRows(manager: ManagerProcess, own: Labels): Row[] {
  const counts = new Map<string, { labels: Labels; count: number }>();
  for (const run of manager.jobs) {
    const key = `${run.executorStage}\n${run.stage}\n${run.state}`;
    const known = counts.get(key) ?? {
      labels: { executor_stage: run.executorStage, ...own, stage: run.stage, state: run.state },
      count: 0,
    };
    known.count += 1;
    counts.set(key, known);
  }
  const rows = [...counts.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { labels, count }]): Row => [labels, count]);
  return [[{ executor_stage: "idle", ...own, stage: "idle", state: "idle" }, 0], ...rows];
}

function processRows({ counters, pod }: ManagerProcess, now: number): [string, Row[]][] {
  const seconds = (now - counters.startedAt) / 1000;
  const container = pod.containers[0];
  return [
    ["process_cpu_seconds_total", [[{}, Math.round(seconds * 0.6) / 100]]],
    ["process_max_fds", [[{}, 20_000]]],
    ["process_network_receive_bytes_total", [[{}, Math.round(seconds * 61_000)]]],
    ["process_network_transmit_bytes_total", [[{}, Math.round(seconds * 10_300)]]],
    ["process_open_fds", [[{}, 19]]],
    ["process_resident_memory_bytes", [[{}, Math.round((container?.memoryBytes(now) ?? 0) * 1.7)]]],
    ["process_start_time_seconds", [[{}, Math.round(counters.startedAt / 10) / 100]]],
    ["process_virtual_memory_bytes", [[{}, 1_362_292_736]]],
    ["process_virtual_memory_max_bytes", [[{}, 18_446_744_073_709_552_000]]],
  ];
}

/** Go's time.Duration text, as `/debug/jobs/list` prints it. */
export function goDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = Number(((ms % 60_000) / 1000).toFixed(9));
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

/** `/debug/jobs/list`: one line per job, nothing when idle. */
export function jobsList({ jobs, cluster }: ManagerProcess, now: number): string {
  return [...jobs]
    .toSorted((a, b) => a.job.id - b.job.id)
    .map(
      (run) =>
        `url=${cluster.spec.gitlabUrl}/${run.spec.project.path}/-/jobs/${run.job.id} state=${run.state} stage=${run.stage} executor_stage=${run.executorStage} duration=${goDuration(now - run.startedAt)}\n`,
    )
    .join("");
}
