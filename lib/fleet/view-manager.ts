import { known, unknown, valueOf, type Known } from "../base/known.ts";
import type { RunnerRecord } from "../gitlab/schema.ts";
import type { PodRecord, WorkloadRecord } from "../kubernetes/schema.ts";
import type { ManagedTrack, ManagerConfigReading, ManagerReading, ManagerRunner, ManagerSlots } from "../manager/schema.ts";
import type { PodUsage } from "../metrics/schema.ts";
import { throttledShareOf } from "./derive-row-use.ts";
import { deriveUsage, USAGE_SOURCE, type KubeletState } from "./derive-usage.ts";
import { deriveManager, mainContainer } from "./find-managers.ts";
import { phaseOfStage } from "./link/stage-phase.ts";
import type { HeldJob, Manager, ManagerEntry } from "./schema.ts";

/** What is known of one manager besides its pod. */
export interface ManagerFacts {
  readonly reading: ManagerReading | null;
  readonly slots: ManagerSlots | null;
  /** null: nobody reads ConfigMaps. */
  readonly config: ManagerConfigReading | null;
  readonly usage: PodUsage | null;
  readonly kubelet: KubeletState;
  /** GitLab's runners; null: GitLab is not asked. */
  readonly runners: readonly RunnerRecord[] | null;
}

/** Where its jobs' pods are, and what was seen of its jobs before. */
export interface HeldLookup {
  readonly keyOf: (jobId: string) => { key: string; deleting: boolean } | null;
  readonly trackOf: (jobId: string) => ManagedTrack | null;
}

/** A manager as cluster, its own port, its kubelet and GitLab tell of it. */
export function viewManager(
  pod: PodRecord,
  workloads: ReadonlyMap<string, WorkloadRecord>,
  facts: ManagerFacts,
  lookup: HeldLookup,
): Manager {
  const base = { ...deriveManager(pod, workloads), config: configOf(facts.config) };
  const { reading, slots, runners } = facts;
  const use = containerUse(pod, facts);
  if (reading === null) return { ...base, use };
  const { metrics, metricsAt, state } = reading;
  const read = <T>(value: T | null | undefined, field: string): Known<T> =>
    metricsAt === null
      ? unknown(whyUnread(reading))
      : value === null || value === undefined
        ? unknown("not-set")
        : known(value, metricsAt, `manager /metrics ${field}`);
  const version = read(metrics?.version?.version, "gitlab_runner_version_info");
  return {
    ...base,
    version: version.state === "known" ? version : base.version,
    port: { state, at: metricsAt },
    slots: slots === null ? base.slots : { total: slots.total, used: slots.used, free: slots.free, boundBy: slots.boundBy },
    runners: metrics === null ? [] : metrics.runners.map((runner) => entryOf(runner, { reading, slots, runners })),
    jobs: heldBy(reading, lookup),
    processState: read(metrics?.processState, "gitlab_runner_process_state_info"),
    use,
  };
}

/** Where its ConfigMap says nothing: no right, no such ConfigMap or none mounted, no answer. */
function configOf(reading: ManagerConfigReading | null): Manager["config"] {
  if (reading === null) return { told: unknown("not-connected"), rule: null };
  const { state, configMaps, config, at, rule } = reading;
  if (config !== null && at !== null) return { told: known(config, at, `ConfigMap ${configMaps.join(", ")}`), rule: null };
  if (state === "forbidden") return { told: unknown("forbidden"), rule };
  return { told: unknown(state === "absent" ? "not-set" : "not-reached"), rule: null };
}

function whyUnread({ state }: ManagerReading): "not-reached" | "forbidden" | "not-connected" | "not-seen" {
  if (state.state === "connecting") return "not-reached";
  return state.state === "forbidden" ? "forbidden" : state.state === "off" ? "not-connected" : "not-seen";
}

function entryOf(
  runner: ManagerRunner,
  { reading, slots, runners }: { reading: ManagerReading; slots: ManagerSlots | null; runners: readonly RunnerRecord[] | null },
): ManagerEntry {
  const { shortToken, name, systemId, requestConcurrency, queueAtPickUp, failures } = runner;
  const own = slots?.runners.find((one) => one.shortToken === shortToken);
  const poll = reading.polls.find((one) => one.shortToken === shortToken);
  const { shortToken: _token, ...answers } = poll ?? { shortToken };
  return {
    shortToken,
    name,
    systemId,
    limit: own?.limit ?? (runner.limit === null || runner.limit <= 0 ? null : runner.limit),
    used: own?.used ?? unknown("stale"),
    free: own?.free ?? unknown("stale"),
    poll: poll === undefined ? null : (answers as NonNullable<ManagerEntry["poll"]>),
    requestConcurrency,
    queueAtPickUp,
    failures,
    ...toldBy(runnerOf(shortToken, runners), runners),
  };
}

/** GitLab knows the first 8 characters of the token, the manager 9 (8 before 18.2). */
export function runnerOf(shortToken: string, runners: readonly RunnerRecord[] | null): RunnerRecord | null {
  return runners?.find((runner) => runner.shortToken !== null && shortToken.startsWith(runner.shortToken)) ?? null;
}

function toldBy(
  runner: RunnerRecord | null,
  runners: readonly RunnerRecord[] | null,
): Pick<ManagerEntry, "tags" | "runUntagged" | "paused"> {
  const told = <T>(value: T | null | undefined, field: string): Known<T> =>
    runner === null
      ? unknown(runners === null ? "not-connected" : "not-seen")
      : value === null || value === undefined
        ? unknown("not-set")
        : known(value, runner.readAt, `GitLab, runner.${field}`);
  return {
    tags: told(runner?.tags, "tag_list"),
    runUntagged: told(runner?.runUntagged, "run_untagged"),
    paused: told(runner?.paused, "paused"),
  };
}

/** Longest held first; what was never followed has no times. */
function heldBy(reading: ManagerReading, { keyOf, trackOf }: HeldLookup): Manager["jobs"] {
  const { jobs, jobsAt, key } = reading;
  if (jobs === null || jobsAt === null) return unknown(whyUnread(reading));
  const held = jobs.map(({ jobId, stage, durationMs }): HeldJob => {
    const found = jobId === null ? null : trackOf(jobId);
    const track = found?.manager === key ? found : null;
    const pod = jobId === null ? null : keyOf(jobId);
    const name = stage ?? "";
    return {
      jobId,
      key: pod?.key ?? null,
      stage: name,
      phase: pod?.deleting === true ? "cleanup" : phaseOfStage(name),
      stageAt: track?.stages.findLast((one) => one.stage === name)?.at ?? null,
      // The first look's: the manager rounds each answer differently.
      tookAt: tookAt(track?.tookMs ?? (durationMs === null ? null : Date.parse(jobsAt) - durationMs)),
    };
  });
  held.sort((a, b) => order(a) - order(b) || ((a.jobId ?? "") < (b.jobId ?? "") ? -1 : 1));
  return known(held, jobsAt, "manager /debug/jobs/list");
}

function tookAt(ms: number | null): string | null {
  return ms === null ? null : new Date(Math.round(ms)).toISOString();
}

function order({ tookAt: at }: HeldJob): number {
  return at === null ? Number.POSITIVE_INFINITY : Date.parse(at);
}

function containerUse(pod: PodRecord, { usage, kubelet }: ManagerFacts): Manager["use"] {
  const container = mainContainer(pod);
  if (container === null) return { cpu: unknown("not-seen"), memory: unknown("not-seen") };
  const used = deriveUsage(container, { usage, kubelet, gone: false });
  if (used.state === "unknown") return { cpu: used, memory: used };
  const { value } = used;
  const cpu = { millicores: value.cpuMillicores, limitMillicores: container.limits.cpuMillicores, throttledShare: throttledShareOf(value) };
  const memory = { bytes: value.memoryBytes, limitBytes: container.limits.memoryBytes };
  return { cpu: known(cpu, used.at, USAGE_SOURCE), memory: known(memory, used.at, USAGE_SOURCE) };
}

/** Jobs that a manager holds, for counting; empty while it does not tell. */
export function heldJobs(manager: Manager): readonly HeldJob[] {
  return valueOf(manager.jobs) ?? [];
}
