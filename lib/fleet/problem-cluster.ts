import { managerPath, managersPath } from "../base/manager-path.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { ClusterInput } from "./fold-cluster.ts";
import { managerSign } from "./find-managers.ts";
import type { ProblemInput } from "./rank-problems.ts";
import { say } from "./sentence-keys.ts";
import { isListed } from "./source-health.ts";
import type { Manager, NodeView, Problem } from "./schema.ts";
import type { JobTotals } from "./sum-jobs.ts";

/** A manager needs some seconds to become ready (chart: readiness probe from 10 s on, every 10 s); sooner it is starting, not down. */
const START_MS = 60_000;
/** Nodes named in one sentence. */
const MOST_NAMES = 3;
/** A restart is news for this long. */
const RECENT_MS = 3_600_000;

/** Problems of nodes, managers and sources. */
export function findClusterProblems(input: ProblemInput): Problem[] {
  const { live } = input.jobs;
  const nodes = [...input.nodes.values()].filter((node) => node.ready !== "True").map(nodeProblem);
  const managers = input.inputs.flatMap((cluster) => managerProblems(cluster, input, live));
  return [...nodes, ...managers, ...refusedPods(input), ...input.inputs.flatMap((cluster) => sourceProblems(cluster, live))];
}

/** Jobs that were taken and have no pod, while no other ceiling explains it. */
function refusedPods({ capacity: { binds, sentence, cluster } }: ProblemInput): Problem[] {
  if (binds !== "cluster" || (sentence.key !== "capacity.cluster-refused" && sentence.key !== "capacity.cluster-quota")) return [];
  const quota = sentence.key === "capacity.cluster-quota" ? cluster.quota : null;
  return [
    {
      key: "refused-pods",
      group: "needs-you",
      kind: "refused-pods",
      jobs: cluster.withoutPod,
      since: null,
      title: say("problem.refused-pods", { count: cluster.withoutPod }),
      detail:
        quota === null
          ? null
          : say("problem.refused-by-quota", { quota: quota.name, namespace: quota.namespace, resource: quota.resource }),
      remedy: say("remedy.quota", {}),
      target: "/managers",
    },
  ];
}

function nodeProblem(node: NodeView): Problem {
  const count = node.jobs;
  const ready = node.conditions.find((condition) => condition.type === "Ready");
  const reason = [ready?.reason, ready?.message].filter(Boolean).join(": ");
  return {
    key: `node ${node.key}`,
    group: count > 0 ? "needs-you" : "to-watch",
    kind: "node-not-ready",
    jobs: count,
    since: ready?.lastTransitionAt ?? null,
    title: say(node.ready === "Unknown" ? "problem.node-silent" : "problem.node", { count, node: node.name }),
    detail: reason === "" ? null : say("problem.node-detail", { reason }),
    remedy: say("remedy.node", { node: node.name }),
    target: "/nodes",
  };
}

function managerProblems(cluster: ClusterInput, { managers, at }: ProblemInput, live: JobTotals["live"]): Problem[] {
  if (!isListed(cluster.sources, "kubernetes-pods")) return [];
  const own = [...managers.values()].filter((manager) => manager.cluster === cluster.cluster.key);
  const jobs = live.get(cluster.cluster.key) ?? 0;
  const atMs = Date.parse(at);
  const groups = Map.groupBy(own, (manager) => `${manager.namespace}/${manager.workload ?? manager.pod}`);
  const problems = [...groups].flatMap(([key, group]) => downProblem(cluster, key, group, atMs) ?? []);
  problems.push(...emptyWorkloads(cluster, new Set(groups.keys())), ...own.flatMap((manager) => restartProblem(manager, atMs) ?? []));
  if (own.length === 0 && jobs > 0 && problems.length === 0) problems.push(noManagers(cluster, jobs));
  return problems;
}

function downProblem({ pods }: ClusterInput, key: string, group: readonly Manager[], atMs: number): Problem | null {
  const staying = group.filter((manager) => !manager.terminating);
  const down = staying.filter((manager) => !manager.ready && atMs - Date.parse(pods.get(manager.uid)?.createdAt ?? "") > START_MS);
  if (down.length === 0) return null;
  const ready = staying.filter((manager) => manager.ready).length;
  return { ...workloadDown(key, ready, staying.length), target: managersPath(down) };
}

function workloadDown(key: string, ready: number, count: number): Problem {
  const [namespace = "", workload = ""] = key.split("/");
  return {
    key: `manager-down ${key}`,
    group: ready === 0 ? "needs-you" : "to-watch",
    kind: "manager-down",
    jobs: 0,
    since: null,
    title: say("problem.managers-down", { workload, ready, count }),
    detail: null,
    remedy: say("remedy.manager", { namespace, workload }),
    target: "/managers",
  };
}

/** A Deployment of managers that wants pods and has none at all: no pod shows it. */
function emptyWorkloads({ workloads }: ClusterInput, seen: ReadonlySet<string>): Problem[] {
  return [...workloads.values()]
    .filter(
      (workload) =>
        workload.kind === "Deployment" && workload.replicas.desired > 0 && managerSign(workload.labels, workload.images) !== null,
    )
    .filter((workload) => workload.labels["runner.gitlab.com/pause-pod"] === undefined && workload.replicas.current === 0)
    .map((workload) => ({ key: `${workload.namespace}/${workload.name}`, desired: workload.replicas.desired }))
    .filter(({ key }) => !seen.has(key))
    .map(({ key, desired }) => workloadDown(key, 0, desired));
}

function restartProblem(manager: Manager, atMs: number): Problem | null {
  const last = manager.lastTermination;
  if (manager.restarts === 0 || last?.kind !== "terminated" || last.finishedAt === null || atMs - Date.parse(last.finishedAt) > RECENT_MS)
    return null;
  const workload = manager.workload ?? manager.pod;
  const oom = last.reason === "OOMKilled";
  return {
    key: `manager-restarts ${manager.key}`,
    group: oom ? "needs-you" : "to-watch",
    kind: "manager-restarts",
    jobs: 0,
    since: last.finishedAt,
    title: say("problem.manager-restarts", { workload, pod: manager.pod, count: manager.restarts }),
    detail: say("problem.manager-ended", { reason: last.reason ?? "none", code: last.exitCode }),
    remedy: say(oom ? "remedy.manager-memory" : "remedy.manager", { namespace: manager.namespace, workload }),
    target: managerPath(manager),
  };
}

function noManagers({ cluster }: ClusterInput, count: number): Problem {
  return {
    key: `no-managers ${cluster.key}`,
    group: "to-watch",
    kind: "no-managers",
    jobs: count,
    since: null,
    title: say("problem.no-managers", { count, cluster: cluster.name }),
    detail: null,
    remedy: say("remedy.no-managers", {}),
    target: "/sources",
  };
}

/** One problem for each source of a cluster and what is wrong with it, however many namespaces it is split into. */
function sourceProblems(input: ClusterInput, live: JobTotals["live"]): Problem[] {
  const { key: cluster, name } = input.cluster;
  const bad = input.sources.filter(({ state }) => state.state === "stale" || state.state === "failed" || state.state === "forbidden");
  const groups = Map.groupBy(bad, (report) => `${report.source} ${report.state.state}`);
  return [...groups].flatMap(([key, reports]) => {
    const report = reports[0];
    if (report === undefined) return [];
    const pods = report.source === "kubernetes-pods";
    return [
      {
        key: `source ${cluster} ${key}`,
        group: pods ? ("needs-you" as const) : ("to-watch" as const),
        kind: "source" as const,
        jobs: pods ? (live.get(cluster) ?? 0) : 0,
        since: "since" in report.state ? report.state.since : null,
        target: "/sources",
        ...sourceWords(report, name),
        ...partWords(reports, name),
      },
    ];
  });
}

/** Kubelets and managers report one by one: how many do not tell, and which nodes. Empty for sources that are one whole. */
function partWords(reports: readonly SourceReport[], cluster: string): Partial<Pick<Problem, "title" | "remedy">> {
  const parts = reports.flatMap(({ part }) => (part === null ? [] : [part]));
  const { source, state } = reports[0] ?? { source: "kubernetes-pods" };
  if (source === "managers" && parts.length > 0) return { title: say("problem.managers-unread", { count: parts.length, cluster }) };
  if (source !== "kubelet-metrics" || state?.state === "forbidden") return {};
  const code = state?.state === "stale" ? state.lastError.code : state?.state === "failed" ? state.error.code : null;
  const login = code === "unauthorized" || code === "credentials";
  const remedy = say(code === "tls" ? "remedy.kubelet-tls" : login ? "remedy.kubelet-login" : "remedy.kubelet", {});
  if (parts.length === 0) return { remedy };
  const names = parts.slice(0, MOST_NAMES).join(", ") + (parts.length > MOST_NAMES ? " …" : "");
  return { title: say("problem.kubelets", { count: parts.length, names }), remedy };
}

function sourceWords({ source: full, state }: SourceReport, cluster: string): Pick<Problem, "title" | "detail" | "remedy"> {
  // ICU select has no names with a hyphen.
  const source = full.replace(/^kubernetes-/, "").replaceAll("-", "");
  if (state.state === "forbidden") {
    const { resource, apiGroup, verbs, namespace } = state.rule;
    return {
      title: say("problem.source-forbidden", { cluster, source }),
      detail: null,
      remedy: say("remedy.rule", {
        resource,
        apiGroup: apiGroup === "" ? "none" : apiGroup,
        verbs: verbs.join(", "),
        namespace: namespace ?? "none",
      }),
    };
  }
  const error = state.state === "stale" ? state.lastError : state.state === "failed" ? state.error : null;
  const login = error?.code === "unauthorized" || error?.code === "credentials" || error?.code === "tls";
  return {
    title: say(state.state === "stale" ? "problem.source-stale" : "problem.source-failed", { cluster, source }),
    detail: error === null || error.detail === "" ? null : say("problem.source-detail", { detail: error.detail }),
    remedy: full === "managers" ? say("remedy.manager-port", {}) : say(login ? "remedy.credentials" : "remedy.source", { cluster }),
  };
}
