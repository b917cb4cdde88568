import { valueOf } from "@/lib/base/known.ts";
import type { Capacity, Overview } from "@/lib/fleet/schema.ts";

/** One ceiling on the axis of "jobs at once". */
export interface CeilingBar {
  name: "slots" | "cpu" | "memory" | "pods" | "requests";
  /** `bounded`: it is a number of jobs. `open`: it bounds no number of jobs. `unknown`: nobody tells. */
  kind: "bounded" | "open" | "unknown";
  inUse: number;
  /** Jobs at once; for `bounded` only. */
  total: number;
  /** Ends beyond the axis: the figure says where. */
  beyond: boolean;
  binds: boolean;
}

export interface CeilingView {
  bars: CeilingBar[];
  /** Jobs that would run at once if nothing bound; null: not known. */
  wanted: number | null;
  /** Managers that do not tell, or jobs that the token does not see, would add to `wanted`. */
  atLeast: boolean;
  /** The right end of the axis, in jobs. */
  max: number;
  /** Share of refused answers, 0 to 1; null: no manager tells. */
  refused: number | null;
}

type Input = Pick<Overview, "capacity" | "live" | "waiting">;

/** Slots, cluster and request path on one axis of jobs at once: what is in use, what there is room for, what is wanted. */
export function prepareCeilings({ capacity, live, waiting }: Input): CeilingView {
  const { slots, cluster, binds } = capacity;
  const known = slots.managers - slots.unknownManagers > 0;
  const running = valueOf(live);
  const room = (name: "cpu" | "memory" | "pods"): CeilingBar => {
    const { perNode } = cluster[name];
    const bar = { name, inUse: running ?? 0, beyond: false, binds: binds === "cluster" && bindingResource(cluster) === name };
    if (running === null || cluster.fits.state === "unknown") return { ...bar, kind: "unknown", total: 0 };
    return perNode === null ? { ...bar, kind: "open", total: 0 } : { ...bar, kind: "bounded", total: running + perNode };
  };
  const bars: CeilingBar[] = [
    {
      name: "slots",
      kind: known ? "bounded" : "unknown",
      inUse: slots.used,
      total: slots.total,
      beyond: false,
      binds: binds === "slots",
    },
    room("cpu"),
    room("memory"),
    ...(cluster.boundBy === "pods" ? [room("pods")] : []),
    {
      name: "requests",
      kind: capacity.requestPath.state === "unknown" ? "unknown" : "open",
      inUse: 0,
      total: 0,
      beyond: false,
      binds: binds === "request-path",
    },
  ];
  const waits = valueOf(waiting);
  const wanted = known && waits !== null ? slots.used + waits : null;
  const max = axisEnd(bars, wanted);
  return {
    bars: bars.map((bar) => ({ ...bar, beyond: bar.kind === "bounded" && bar.total > max })),
    wanted,
    atLeast: slots.unknownManagers > 0,
    max,
    refused: refusedShare(capacity.requestPath),
  };
}

/** Of which resource the nodes have no more; null: room is refused for another reason (a quota, taints), or nobody says for which. */
function bindingResource({ unschedulable, lacks, fits, boundBy }: Capacity["cluster"]): string | null {
  return unschedulable > 0 ? lacks : valueOf(fits) === 0 ? boundBy : null;
}

/** A ceiling far beyond what is in use and wanted would press all others into a corner. */
const FAR = 3;

function axisEnd(bars: readonly CeilingBar[], wanted: number | null): number {
  const near = Math.max(wanted ?? 0, ...bars.map(({ inUse }) => inUse), bars.find(({ name }) => name === "slots")?.total ?? 0);
  const far = Math.max(...bars.map(({ total }) => total), near);
  return roundUp(Math.max(4, near === 0 ? far : Math.min(far, near * FAR)));
}

/** The next of 1, 2, 4, 5, 6, 8 and their tens that halves well. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

function refusedShare({ state, statuses }: Capacity["requestPath"]): number | null {
  if (state === "unknown") return null;
  const total = statuses.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const refused = statuses.filter(({ status }) => !/^2\d\d$/.test(status)).reduce((sum, { count }) => sum + count, 0);
  return refused / total;
}
