import { scrubText } from "../base/scrub-text.ts";
import { parseExposition, type Sample } from "./parse-exposition.ts";
import { readHistogram, sumBy } from "./read-histogram.ts";
import type { JobCount, ManagerMetrics, ManagerRunner } from "./schema.ts";

/** More `[[runners]]` than this in one process are not a real configuration. */
const MAX_RUNNERS = 256;
const NAME_LENGTH = 253;

const PROCESS = new Set(["process_start_time_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes"]);
/** Of no use here and half of the page. */
const PASSED_OVER = /^gitlab_runner_(?:cache_|job_router_|job_inputs_|docker_|autoscaling_|fleeting_|taskscaler_)/;

/** Reads `/metrics` of a manager. Names and labels: gitlab-runner 15.8–19.4, `docs/monitoring` and the collectors in its source. */
export function readMetrics(text: string): ManagerMetrics {
  const page = parseExposition(text, {
    wanted: (name) => PROCESS.has(name) || (name.startsWith("gitlab_runner_") && !PASSED_OVER.test(name)),
  });
  const rows = byName(page.samples);
  const one = (name: string) => finite(rows.get(name)?.[0]?.value);
  const startedS = one("process_start_time_seconds");
  const info = rows.get("gitlab_runner_version_info")?.[0];
  return {
    concurrent: one("gitlab_runner_concurrent"),
    workerSlots: one("gitlab_runner_worker_slots_number"),
    processState: label(
      rows.get("gitlab_runner_process_state_info")?.find((row) => row.value === 1),
      "state",
    ),
    version: versionOf(info),
    startedAt: startedS === null || Math.abs(startedS) > 1e11 ? null : new Date(startedS * 1_000).toISOString(),
    cpuSecondsTotal: one("process_cpu_seconds_total"),
    residentBytes: one("process_resident_memory_bytes"),
    logLines: tally(rows.get("gitlab_runner_errors_total"), "level").map(([level, count]) => ({ level, count })),
    configuration: {
      loaded: one("gitlab_runner_configuration_loaded_total"),
      loadingErrors: one("gitlab_runner_configuration_loading_error_total"),
    },
    runners: runnersOf(page.samples),
    unreadable: page.unreadable,
    dropped: page.dropped,
  };
}

function versionOf(info: Sample | undefined): ManagerMetrics["version"] {
  const version = label(info, "version");
  return version === null ? null : { version, revision: label(info, "revision"), builtAt: label(info, "built_at") };
}

function runnersOf(samples: readonly Sample[]): ManagerRunner[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const runner = sample.labels.get("runner");
    if (runner === undefined || runner === "") continue;
    const group = groups.get(runner);
    if (group !== undefined) group.push(sample);
    else if (groups.size < MAX_RUNNERS) groups.set(runner, [sample]);
  }
  return [...groups].map(([runner, group]) => readRunner(clean(runner), group));
}

function readRunner(shortToken: string, samples: readonly Sample[]): ManagerRunner {
  const rows = byName(samples);
  const one = (name: string) => finite(rows.get(`gitlab_runner_${name}`)?.[0]?.value);
  const named = samples.find((sample) => sample.labels.has("runner_name"));
  const identified = samples.find((sample) => sample.labels.has("system_id"));
  return {
    shortToken,
    name: label(named, "runner_name"),
    systemId: label(identified, "system_id"),
    limit: one("limit"),
    jobs: jobsOf(rows.get("gitlab_runner_jobs")),
    jobsTotal: one("jobs_total"),
    queueAtPickUp: { size: one("job_queue_size"), depth: one("job_queue_depth") },
    queueDuration: readHistogram(rows, "gitlab_runner_job_queue_duration_seconds"),
    jobDuration: readHistogram(rows, "gitlab_runner_job_duration_seconds"),
    queuingExceeded: one("acceptable_job_queuing_duration_exceeded_total"),
    requestConcurrency: {
      inFlight: one("request_concurrency"),
      exceededTotal: one("request_concurrency_exceeded_total"),
      hardLimit: one("request_concurrency_hard_limit"),
      adaptiveLimit: one("request_concurrency_adaptive_limit"),
      usedLimit: one("request_concurrency_used_limit"),
    },
    requests: sumBy(rows.get("gitlab_runner_api_request_statuses_total") ?? [], ["endpoint", "status"]).map(
      ([[endpoint = "", status = ""], count]) => ({ endpoint: clean(endpoint), status: clean(status), count }),
    ),
    requestTimes: requestTimes(rows),
    failures: tally(rows.get("gitlab_runner_failed_jobs_total"), "failure_reason").map(([reason, count]) => ({ reason, count })),
    feeds: one("worker_feeds_total"),
    feedFailures: one("worker_feed_failures_total"),
    healthCheckFailures: one("worker_health_check_failures_total"),
    processingFailures: tally(rows.get("gitlab_runner_worker_processing_failures_total"), "failure_type").map(([type, count]) => ({
      type,
      count,
    })),
    pausePods: {
      desired: one("kubernetes_autoscaler_pause_pods_desired"),
      current: one("kubernetes_autoscaler_pause_pods_current"),
    },
  };
}

/** The idle series stands for "has polled": without any row the runner has not. */
function jobsOf(rows: readonly Sample[] | undefined): JobCount[] | null {
  if (rows === undefined) return null;
  return rows
    .filter((row) => row.labels.get("state") !== "idle" && row.value > 0 && Number.isFinite(row.value))
    .map((row) => ({
      state: clean(row.labels.get("state") ?? ""),
      stage: clean(row.labels.get("stage") ?? ""),
      executorStage: clean(row.labels.get("executor_stage") ?? ""),
      count: row.value,
    }));
}

function requestTimes(rows: ReadonlyMap<string, readonly Sample[]>): ManagerRunner["requestTimes"] {
  const sums = new Map(tally(rows.get("gitlab_runner_api_request_duration_seconds_sum"), "endpoint"));
  return tally(rows.get("gitlab_runner_api_request_duration_seconds_count"), "endpoint").flatMap(([endpoint, count]) => {
    const sumSeconds = sums.get(endpoint);
    return sumSeconds === undefined ? [] : [{ endpoint, count, sumSeconds }];
  });
}

function tally(rows: readonly Sample[] | undefined, key: string): [string, number][] {
  return sumBy(rows ?? [], [key]).map(([[value = ""], count]) => [clean(value), count]);
}

function byName(samples: readonly Sample[]): Map<string, Sample[]> {
  const rows = new Map<string, Sample[]>();
  for (const sample of samples) {
    const list = rows.get(sample.name);
    if (list === undefined) rows.set(sample.name, [sample]);
    else list.push(sample);
  }
  return rows;
}

function label(sample: Sample | undefined, key: string): string | null {
  const value = sample?.labels.get(key);
  return value === undefined || value === "" ? null : clean(value);
}

function clean(value: string): string {
  return scrubText(value, NAME_LENGTH);
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
