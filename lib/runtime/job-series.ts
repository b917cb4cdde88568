import type { JobSeries } from "../fleet/schema.ts";
import type { PodUsage } from "../metrics/schema.ts";

const made = new WeakMap<PodUsage, JobSeries[]>();

/** The use of a pod's containers over time, as the job page draws it. The same usage gives the same objects. A container that came again keeps its newest life. */
export function jobSeries(usage: PodUsage | undefined): JobSeries[] {
  if (usage === undefined) return [];
  const known = made.get(usage);
  if (known !== undefined) return known;
  const byName = new Map<string, JobSeries>();
  for (const { name, points } of usage.containers.values()) {
    const before = byName.get(name);
    if (before === undefined || (before.points.at(-1)?.toMs ?? 0) < (points.at(-1)?.toMs ?? 0))
      byName.set(name, { key: name, points: [...points] });
  }
  const series = [...byName.values()];
  made.set(usage, series);
  return series;
}
