import type { Fleet } from "../fleet/fold-fleet.ts";
import type { TrendChunk } from "../fleet/trend/schema.ts";
import type { KeptJob } from "../history/write-row.ts";
import type { Collections } from "../stream/diff.ts";
import type { Entity } from "../stream/frame.ts";

/** The fleet's topic. */
export function fleetCollections(fleet: Fleet, trend: ReadonlyMap<string, TrendChunk>): Collections {
  return {
    clusters: fleet.clusters,
    overview: overviewMap(fleet.overview),
    jobs: fleet.rows,
    managers: fleet.managers,
    nodes: fleet.nodes,
    trend,
  };
}

const overviews = new WeakMap<Entity, ReadonlyMap<string, Entity>>();

function overviewMap(overview: Fleet["overview"]): ReadonlyMap<string, Entity> {
  const kept = overviews.get(overview) ?? new Map([[overview.key, overview]]);
  overviews.set(overview, kept);
  return kept;
}

/** A job's topic; null for a job that nobody knows. */
export function jobCollections(found: KeptJob | null): Collections | null {
  if (found === null) return null;
  return {
    job: new Map([[found.job.key, found.job]]),
    events: new Map(found.events.map((event) => [event.key, event])),
    series: new Map(found.series.map((series) => [series.key, series])),
  };
}
