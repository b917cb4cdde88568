import { known, unknown, type Known, type Timestamp } from "../base/known.ts";
import type { SourceName } from "../base/source-state.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import { deriveLastHour } from "./use/derive-last-hour.ts";
import type { ClusterInput } from "./fold-cluster.ts";
import { clusterRoom } from "./capacity/cluster-room.ts";
import { countWaiting, explainWaiting } from "./capacity/explain-waiting.ts";
import { judgeCapacity } from "./capacity/judge-capacity.ts";
import { seeWaiting } from "./capacity/see-waiting.ts";
import { requestPath } from "./capacity/request-path.ts";
import { slotsOf, sumSlots } from "./capacity/sum-slots.ts";
import { jobIdOf } from "./derive-gitlab.ts";
import { isJobPod } from "./find-jobs.ts";
import type { GitlabFacts } from "./gitlab-facts.ts";
import { latest } from "./pod-facts.ts";
import { rankProblems } from "./rank-problems.ts";
import { say } from "./sentence-keys.ts";
import { isListed, whyUnlisted } from "./source-health.ts";
import { JOB_PHASES } from "./kinds.ts";
import type { Manager, NodeView, Overview, Problem, Sentence } from "./schema.ts";
import type { JobTotals } from "./sum-jobs.ts";

/** How long a refusal to make pods is news. */
const REFUSED_MS = 120_000;
/** Two looks at a manager are 5 s apart, and pods have whole seconds. */
const LOOK_MS = 8_000;

export interface OverviewInput {
  jobs: JobTotals;
  managers: ReadonlyMap<string, Manager>;
  nodes: ReadonlyMap<string, NodeView>;
  inputs: readonly ClusterInput[];
  /** Jobs that failed without ever having a pod, by when. */
  podless: readonly Timestamp[];
  gitlab: GitlabFacts | null;
  at: Timestamp;
  keep: { maxJobs: number; maxAgeMs: number };
}

/** The first page: counts, problems, and one sentence that is never greener than what the sources can see. */
export function deriveOverview(input: OverviewInput): Overview {
  const { jobs, inputs, at, gitlab } = input;
  const { ended } = jobs;
  const live = [...jobs.live.values()].reduce((sum, count) => sum + count, 0);
  const byPhase: Overview["byPhase"] = {};
  for (const phase of JOB_PHASES) if (jobs.byPhase.has(phase)) byPhase[phase] = jobs.byPhase.get(phase) ?? 0;
  const managers = [...input.managers.values()];
  const nodes = [...input.nodes.values()];
  const slots = sumSlots(managers);
  const waitingTags = explainWaiting(input.gitlab, managers, input.at);
  const sources = input.inputs.flatMap((cluster) => cluster.sources);
  const noNodes = isListed(sources, "kubernetes-nodes") ? null : whyUnlisted(sources, "kubernetes-nodes");
  const quotas = input.inputs.flatMap((cluster) => [...(cluster.quotas?.values() ?? [])]);
  const capacity = judgeCapacity({
    slots,
    requestPath: requestPath(managers, input.at),
    cluster: clusterRoom({ jobs, managers, nodes, noNodes, refused: refusedLately(input), quotas, at: input.at }),
    quotas,
    waiting: waitingTags,
    managers,
    at: input.at,
  });
  const waiting = countWaiting(waitingTags);
  const slotSum = slotsOf(slots, managers);
  const problems = rankProblems({
    jobs,
    managers: input.managers,
    nodes: input.nodes,
    inputs,
    at,
    slots: slotSum,
    waiting,
    waitingTags,
    capacity,
    gitlab,
  });
  const overview: Omit<Overview, "headline"> = {
    key: "overview",
    live: counted(input, "kubernetes-pods", live),
    byPhase,
    ended,
    kept: { jobs: ended, maxJobs: input.keep.maxJobs, maxAgeMs: input.keep.maxAgeMs },
    managers: { found: counted(input, "kubernetes-pods", managers.length), ready: managers.filter((manager) => manager.ready).length },
    nodes: { found: counted(input, "kubernetes-nodes", nodes.length), ready: nodes.filter((node) => node.ready === "True").length },
    slots: slotSum,
    waiting,
    waitingTags,
    waitingSight: seeWaiting(gitlab),
    capacity,
    problems,
    lastHour: deriveLastHour(input),
  };
  return { ...overview, headline: headlineOf(input, overview, problems) };
}

/** Jobs of the last minutes for which no pod was made: quota or admission. A single one may be its own fault (a request above its limit). */
function refusedLately({ podless, inputs, at }: OverviewInput): number {
  const lately = (time: Timestamp) => Date.parse(at) - Date.parse(time) < REFUSED_MS;
  const recent = podless.filter(lately).length + inputs.reduce((sum, cluster) => sum + vanishedOf(cluster, lately), 0);
  return recent > 1 ? recent : 0;
}

/** Jobs that failed before any list showed them. As many as there are pods of jobs that no list showed either may have had one: they do not count. */
function vanishedOf({ vanished = [], pods, ended, managed }: ClusterInput, lately: (time: Timestamp) => boolean): number {
  const times = vanished.filter(lately).map((time) => Date.parse(time));
  const count = times.length;
  if (count === 0) return 0;
  // Pods made before that are those of managers that are gone, whose lists are forgotten.
  const meant = (made: number) => times.some((time) => made <= time && time - made <= LOOK_MS);
  const unlisted = (pod: PodRecord) => isJobPod(pod) && meant(Date.parse(pod.createdAt)) && !managed.has(jobIdOf(pod) ?? "");
  let others = 0;
  for (const pod of pods.values()) if (unlisted(pod)) others += 1;
  for (const { record } of ended.values()) if (unlisted(record)) others += 1;
  return Math.max(0, count - others);
}

/** Known as soon as one watch has delivered its first list; `at` is when that source became what it is. */
function counted({ inputs }: OverviewInput, source: SourceName, count: number): Known<number> {
  const sources = inputs.flatMap((cluster) => cluster.sources);
  if (!isListed(sources, source)) return unknown(whyUnlisted(sources, source));
  const since = sources.flatMap((report) =>
    report.source === source && report.objects !== null && "since" in report.state ? [report.state.since] : [],
  );
  return known(count, latest(since) ?? "1970-01-01T00:00:00Z", source);
}

function headlineOf({ inputs }: OverviewInput, { live, kept }: Omit<Overview, "headline">, problems: readonly Problem[]): Sentence {
  if (inputs.length === 0) return say("headline.no-cluster", {});
  const sources = inputs.flatMap((cluster) => cluster.sources).filter((report) => report.state.state !== "off");
  if (live.state === "unknown")
    return say(live.reason === "not-reached" || live.reason === "not-connected" ? "headline.connecting" : "headline.blind", {});
  const pods = sources.filter((report) => report.source === "kubernetes-pods");
  if (pods.every((report) => report.state.state !== "live")) return say("headline.stale", { live: live.value });
  const needsYou = problems.filter((problem) => problem.group === "needs-you").length;
  const toWatch = problems.length - needsYou;
  if (needsYou > 0) return say("headline.needs-you", { count: needsYou, watch: toWatch });
  if (toWatch > 0) return say("headline.to-watch", { count: toWatch, live: live.value });
  if (sources.some((report) => report.state.state !== "live")) return say("headline.partly", { live: live.value });
  return live.value === 0 && kept.jobs === 0 ? say("headline.empty", {}) : say("headline.quiet", { live: live.value });
}
