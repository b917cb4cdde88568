import { pointAt } from "@/components/charts/prepare-plot.ts";
import type { Job, JobSeries, PhaseName } from "@/lib/fleet/schema.ts";

/** What a container used at a moment; null: nobody measured it then. */
export interface MomentUse {
  name: string;
  cpuMillicores: number | null;
  throttledShare: number | null;
  memoryBytes: number | null;
}

/** What is known of a moment in a job's life: the phase whose borders enclose it, and what its containers used. */
export interface Moment {
  phase: PhaseName | null;
  uses: MomentUse[];
}

/** Reads a job at a time; milliseconds since the epoch. A phase of which a border was not seen encloses nothing. */
export function prepareMoment(job: Pick<Job, "lifecycle" | "containers">, series: readonly JobSeries[], ms: number, nowMs: number): Moment {
  const phase = job.lifecycle.find(({ status, start, end }) => {
    if (start.state === "unknown") return false;
    const until = end.state === "known" ? Date.parse(end.value) : status === "current" ? nowMs : null;
    return until !== null && ms >= Date.parse(start.value) && ms < until;
  });
  const uses = job.containers.flatMap(({ name, role }) => {
    const points = role === "init" ? undefined : series.find(({ key }) => key === name)?.points;
    if (points === undefined || points.length === 0) return [];
    const point = pointAt(
      points.map((one) => ({ ...one, value: one.memoryBytes })),
      ms,
    );
    return [
      {
        name,
        cpuMillicores: point?.cpuMillicores ?? null,
        throttledShare: point?.throttledShare ?? null,
        memoryBytes: point?.memoryBytes ?? null,
      },
    ];
  });
  return { phase: phase?.phase ?? null, uses };
}

/** Times that the keys step through in the waterfall: every border that was seen, each once, in order. */
export function momentsOf(job: Pick<Job, "lifecycle">, others: readonly (number | null)[]): number[] {
  const borders = job.lifecycle.flatMap(({ start, end }) =>
    [start, end].flatMap((fact) => (fact.state === "known" ? [Date.parse(fact.value)] : [])),
  );
  return [...new Set([...borders, ...others.filter((ms) => ms !== null)])].toSorted((a, b) => a - b);
}
