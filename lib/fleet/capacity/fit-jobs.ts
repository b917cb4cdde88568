/** What is free on one node; null: the node does not say. */
export interface NodeRoom {
  cpuMillicores: number | null;
  memoryBytes: number | null;
  pods: number | null;
}

/** What one job takes, by requests. */
export interface JobSize {
  cpuMillicores: number;
  memoryBytes: number;
}

type Resource = "cpu" | "memory" | "pods";
const RESOURCES: readonly Resource[] = ["cpu", "memory", "pods"];

/** How many whole jobs fit. `perNode`: node by node, as a scheduler must; `inTotal`: over the sum of all nodes, which is never less and never reached. */
export interface Fit {
  /** Node by node, by the scarcest resource of each. */
  fits: number;
  boundBy: Resource | null;
  cpu: Room;
  memory: Room;
  pods: Room;
}
type Room = { perNode: number | null; inTotal: number | null };

/** Whole jobs of one size on these nodes. A resource that the job does not request does not bound. */
export function fitJobs(nodes: readonly NodeRoom[], job: JobSize): Fit {
  const bounds = new Map<Resource, number>();
  let fits = 0;
  for (const node of nodes) {
    const counts = RESOURCES.flatMap((resource) => {
      const count = wholeJobs(freeOf(node, resource), sizeOf(job, resource));
      return count === null ? [] : [{ resource, count }];
    });
    if (counts.length === 0) continue;
    const least = Math.min(...counts.map(({ count }) => count));
    fits += least;
    const scarce = counts.find(({ count }) => count === least);
    if (scarce !== undefined) bounds.set(scarce.resource, (bounds.get(scarce.resource) ?? 0) + 1);
  }
  const [most] = [...bounds].toSorted((a, b) => b[1] - a[1]);
  return {
    fits,
    boundBy: most?.[0] ?? null,
    cpu: roomOf(nodes, job, "cpu"),
    memory: roomOf(nodes, job, "memory"),
    pods: roomOf(nodes, job, "pods"),
  };
}

function roomOf(nodes: readonly NodeRoom[], job: JobSize, resource: Resource): Room {
  const size = sizeOf(job, resource);
  const free = nodes.map((node) => freeOf(node, resource));
  const known = free.flatMap((amount) => (amount === null ? [] : [amount]));
  if (size === 0 || known.length < free.length || free.length === 0) return { perNode: null, inTotal: null };
  return {
    perNode: known.reduce((sum, amount) => sum + (wholeJobs(amount, size) ?? 0), 0),
    inTotal: wholeJobs(
      known.reduce((sum, amount) => sum + Math.max(0, amount), 0),
      size,
    ),
  };
}

function wholeJobs(free: number | null, size: number): number | null {
  return free === null || size <= 0 ? null : Math.max(0, Math.floor(free / size));
}

function freeOf(node: NodeRoom, resource: Resource): number | null {
  return resource === "cpu" ? node.cpuMillicores : resource === "memory" ? node.memoryBytes : node.pods;
}

function sizeOf(job: JobSize, resource: Resource): number {
  return resource === "cpu" ? job.cpuMillicores : resource === "memory" ? job.memoryBytes : 1;
}
