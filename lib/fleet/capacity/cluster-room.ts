import { known, unknown, valueOf, type Known, type Timestamp, type UnknownReason } from "../../base/known.ts";
import type { Manager, NodeView } from "../schema.ts";
import type { JobTotals } from "../sum-jobs.ts";
import { fitJobs, type NodeRoom } from "./fit-jobs.ts";
import { quotaRoom, type QuotaReading } from "./quota-room.ts";
import type { ClusterRoom } from "./schema.ts";

/** The runner makes a pod within a second of its pick-up (reference: testbed); the API server's refusals are retried for some seconds. */
const NO_POD_MS = 20_000;

interface RoomInput {
  jobs: Pick<JobTotals, "mix" | "unschedulable" | "lacking">;
  managers: readonly Manager[];
  nodes: readonly NodeView[];
  /** Why there are no nodes, where none are listed. */
  noNodes: UnknownReason | null;
  /** Jobs that failed lately without a pod. */
  refused: number;
  quotas: Iterable<QuotaReading>;
  at: Timestamp;
}

/**
 * Room for more jobs of today's mix: the mean request of the live jobs, else of those that are kept. Selectors and affinity of jobs are not
 * known here; a tainted node counts only where a job runs on it.
 */
export function clusterRoom({ jobs, managers, nodes, noNodes, refused, quotas, at }: RoomInput): ClusterRoom {
  const { mix, unschedulable, lacking } = jobs;
  const taking = nodes.filter(takesJobs);
  const size = mix === null ? null : { cpuMillicores: mix.cpuMillicores, memoryBytes: mix.memoryBytes };
  const rooms = taking.map(roomOf);
  const blind = rooms.find((room) => room.state === "unknown");
  const free = rooms.flatMap((room) => (room.state === "known" ? [room.value] : []));
  const fit = size === null || blind !== undefined ? null : fitJobs(free, size);
  const none = { perNode: null, inTotal: null };
  return {
    fits: fitsOf(fit?.fits ?? null, { noNodes, blind: blind?.state === "unknown" ? blind.reason : null, at }),
    boundBy: fit?.boundBy ?? null,
    cpu: fit?.cpu ?? none,
    memory: fit?.memory ?? none,
    pods: fit?.pods ?? none,
    mix,
    nodes: taking.length,
    leftOut: nodes.length - taking.length,
    unschedulable,
    lacks: mostOf(lacking),
    withoutPod: refused + managers.reduce((sum, manager) => sum + podless(manager, Date.parse(at)), 0),
    quota: quotaRoom(quotas, size),
  };
}

function fitsOf(
  fits: number | null,
  { noNodes, blind, at }: { noNodes: UnknownReason | null; blind: UnknownReason | null; at: Timestamp },
): Known<number> {
  if (noNodes !== null) return unknown(noNodes);
  if (blind !== null) return unknown(blind);
  // To the minute: the figure depends on all pods and has no time of its own.
  return fits === null
    ? unknown("not-seen")
    : known(fits, `${at.slice(0, 16)}:00Z`, "allocatable of nodes − requests of pods, whole jobs per node");
}

type Lack = NonNullable<ClusterRoom["lacks"]>;
/** What the verdict of a pod without room says that it lacks (`judge-waiting.ts`). */
const LACKS: Readonly<Record<`waiting-cluster.${Lack}`, Lack>> = {
  "waiting-cluster.cpu": "cpu",
  "waiting-cluster.memory": "memory",
  "waiting-cluster.pods": "pods",
  "waiting-cluster.storage": "storage",
  "waiting-cluster.taints": "taints",
  "waiting-cluster.selector": "selector",
  "waiting-cluster.cordoned": "cordoned",
};
const isLack = (key: string): key is keyof typeof LACKS => key in LACKS;

/** What most of them lack, by the keys of their sentences; null: the scheduler did not say. */
function mostOf(lacking: JobTotals["lacking"]): ClusterRoom["lacks"] {
  const [most] = [...lacking].toSorted(([keyA, a], [keyB, b]) => b - a || (keyA < keyB ? -1 : 1));
  return most !== undefined && isLack(most[0]) ? LACKS[most[0]] : null;
}

/** Nodes on which a job's pod could be placed. */
export function takesJobs({ ready, schedulable, taints, jobs }: NodeView): boolean {
  const closed = taints.some(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
  return ready === "True" && schedulable && (!closed || jobs > 0);
}

function roomOf({ allocatable, requested }: NodeView): Known<NodeRoom> {
  if (requested.state === "unknown") return requested;
  const left = (total: number | null, taken: number) => (total === null ? null : total - taken);
  const { cpuMillicores, memoryBytes, pods } = requested.value;
  return {
    ...requested,
    value: {
      cpuMillicores: left(allocatable.cpuMillicores, cpuMillicores),
      memoryBytes: left(allocatable.memoryBytes, memoryBytes),
      pods: left(allocatable.pods, pods),
    },
  };
}

/** Jobs that the manager took long ago and that have no pod. Where its jobs' pods are not seen at all (another cluster, another namespace), nobody can say. */
function podless(manager: Manager, atMs: number): number {
  const held = valueOf(manager.jobs) ?? [];
  const working = held.filter(({ phase }) => phase !== "starting");
  if (working.some(({ key }) => key === null)) return 0;
  return held.filter(
    ({ key, phase, tookAt }) => key === null && phase === "starting" && tookAt !== null && atMs - Date.parse(tookAt) > NO_POD_MS,
  ).length;
}
