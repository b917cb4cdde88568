import { describe, expect, it } from "vitest";
import { RandomWorld } from "../testing/random-world.ts";
import type { ClusterFold } from "./fold-cluster.ts";
import { foldFleet, type Fleet } from "./fold-fleet.ts";
import { jobOf } from "./fold-job.ts";

/** The fleet before, made such that the next fold must look at every pod: something that all of them depend on is not the same object. */
function distrusting(fleet: Fleet | null): Fleet | null {
  if (fleet === null) return null;
  const folds = [...fleet.folds].map(([key, fold]): [string, ClusterFold] => [
    key,
    { ...fold, context: { ...fold.context, systems: new Map([...fold.context.systems, ["another", "one"]]) } },
  ]);
  return { ...fleet, folds: new Map(folds) };
}

const sorted = (map: ReadonlyMap<string, unknown>) => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
/** All that a reader sees. */
const seen = ({ jobs, rows, managers, nodes, overview, clusters }: Fleet) => ({
  jobs: sorted(jobs),
  rows: sorted(rows),
  managers: sorted(managers),
  nodes: sorted(nodes),
  overview,
  clusters: sorted(clusters),
});
/** What depends on nothing that happened before. */
const now = ({ nodes, folds, overview, rows }: Fleet) => ({
  nodes: sorted(nodes),
  counts: [overview.live, overview.ended, overview.kept, overview.nodes, overview.managers],
  keys: [...rows.keys()].toSorted(),
  indexes: [...folds.values()].map(({ byJob, onNode, managerPods, followed }) => ({
    byJob: sorted(byJob),
    onNode: sorted(onNode).map(([node, pods]) => [node, sorted(pods as ReadonlyMap<string, unknown>)]),
    managers: [...managerPods.keys()].toSorted(),
    unlisted: [...followed.unlisted.keys()].toSorted(),
    left: sorted(followed.left),
  })),
});

describe("the incremental fold", () => {
  it.each([1, 2, 3, 4, 5])("of random events says what looking at every pod says (seed %i)", (seed) => {
    const world = new RandomWorld(seed);
    let fleet: Fleet | null = null;
    let whole: Fleet | null = null;
    for (let step = 0; step < 90; step++) {
      world.step();
      const input = world.input();
      fleet = foldFleet(fleet, input);
      whole = foldFleet(distrusting(whole), input);
      expect(seen(fleet)).toEqual(seen(whole));
      expect(now(fleet)).toEqual(now(foldFleet(null, input)));
    }
  });

  it("derives the same whole job again when nobody held it", () => {
    const world = new RandomWorld(11);
    let fleet: Fleet | null = null;
    for (let step = 0; step < 60; step++) {
      world.step();
      fleet = foldFleet(fleet, world.input());
    }
    const memos = [...(fleet?.jobs.memos.values() ?? [])];
    expect(memos.length).toBeGreaterThan(5);
    // A copy of a memo has no job yet.
    for (const memo of memos) expect(jobOf({ ...memo })).toEqual(jobOf(memo));
  });
});
