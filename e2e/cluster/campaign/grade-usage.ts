import type { ContainerUsage } from "../../../lib/metrics/schema.ts";
import type { CgroupReading } from "./cgroup-witness.ts";
import type { ContainerTruth, Truth } from "./truth.ts";
import type { ApiJob } from "./watch-product.ts";

/** Shorter ones may end between two looks of the kubelet. */
const LONG_ENOUGH_MS = 30_000;
/** The kubelet's figures and ours are not read in the same moment. */
const NEAR_MS = 2_500;
/** 10 points, and 10 %. */
const TOLERANCE = 0.1;

/** One container's figure of the product against its cgroup's. Shares are 0–1. */
export interface Measured {
  job: number;
  className: string;
  container: string;
  product: number | null;
  /** The cgroup's own at the end of the container. */
  atEnd: number;
  /** The cgroup's own lowest and highest around the time that the product names for its figure; null: not read then. */
  atSample: { low: number; high: number } | null;
  /**
   * `exact`: within the tolerance of what the cgroup had at its end. `older`: the product's figure was right at the time it names, and
   * rose after. `unseen`: the product says that it has none. `wrong`: neither.
   */
  grade: "exact" | "older" | "unseen" | "wrong";
}

const shareOf = ({ periods, throttledPeriods }: CgroupReading): number | null =>
  periods === null || throttledPeriods === null || periods === 0 ? null : throttledPeriods / periods;

/** The throttled share of every container with a quota that lived for 30 s or more. */
export function gradeThrottling(truth: Truth, job: ApiJob | null): Measured[] {
  return measure(truth, job, {
    of: shareOf,
    product: (usage) => (usage.cfs === null || usage.cfs.periods === 0 ? null : usage.cfs.throttledPeriods / usage.cfs.periods),
    near: (product, low, high) => product >= low - TOLERANCE && product <= high + TOLERANCE,
  });
}

/** The peak of memory of every container that lived for 30 s or more. */
export function gradePeaks(truth: Truth, job: ApiJob | null): Measured[] {
  return measure(truth, job, {
    of: ({ peakBytes }) => peakBytes,
    product: (usage) => usage.peak?.bytes ?? null,
    near: (product, low, high) => product >= low * (1 - TOLERANCE) && product <= high * (1 + TOLERANCE),
  });
}

interface Figure {
  of: (reading: CgroupReading) => number | null;
  product: (usage: ContainerUsage) => number | null;
  near: (product: number, low: number, high: number) => boolean;
}

function measure(truth: Truth, job: ApiJob | null, figure: Figure): Measured[] {
  if (job === null) return [];
  return truth.containers.flatMap((container) => {
    const atEnd = lastOf(container, figure);
    if (container.livedMs < LONG_ENOUGH_MS || atEnd === null) return [];
    const known = job.containers.find((one) => one.name === container.name)?.usage;
    const usage = known?.state === "known" ? known.value : null;
    const product = usage === null ? null : figure.product(usage);
    const atSample = usage === null ? null : rangeAround(container, figure, Date.parse(usage.at));
    const { index: number, name } = truth.draw;
    return [
      { job: number, className: name, container: container.name, product, atEnd, atSample, grade: grade(product, atEnd, atSample, figure) },
    ];
  });
}

function grade(product: number | null, atEnd: number, atSample: Measured["atSample"], { near }: Figure): Measured["grade"] {
  if (product === null) return "unseen";
  if (near(product, atEnd, atEnd)) return "exact";
  return atSample !== null && near(product, atSample.low, atSample.high) ? "older" : "wrong";
}

function lastOf({ readings }: ContainerTruth, { of }: Figure): number | null {
  return readings.reduce<number | null>((last, reading) => of(reading) ?? last, null);
}

function rangeAround({ readings }: ContainerTruth, { of }: Figure, atMs: number): Measured["atSample"] {
  const values = readings.filter((reading) => Math.abs(reading.atMs - atMs) <= NEAR_MS).flatMap((reading) => of(reading) ?? []);
  return values.length === 0 ? null : { low: Math.min(...values), high: Math.max(...values) };
}
