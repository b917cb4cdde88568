import { describe, expect, it } from "vitest";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { applyFrame, openState } from "@/lib/stream/apply.ts";
import type { SnapshotFrame } from "@/lib/stream/frame.ts";
import { firstPage } from "./first-page.ts";

function snapshotOf(count: number): SnapshotFrame {
  const jobs = Array.from({ length: count }, (_, n) => {
    const row = buildJobRow({ uid: `uid-${n}`, createdAt: new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString() });
    return n === count - 1 ? { ...row, verdict: { ...row.verdict, kind: "oom-killed" as const } } : row;
  });
  return {
    type: "snapshot",
    epoch: "e",
    at: "2026-01-02T00:00:00.000Z",
    topic: "fleet",
    revision: 9,
    entities: { jobs, nodes: [] },
    sources: [],
  };
}

describe("the first page", () => {
  it("of a small fleet is the whole snapshot", () => {
    const snapshot = snapshotOf(60);
    expect(firstPage(snapshot)).toBe(snapshot);
  });

  it("of a large one begins with the worst, then the oldest, and is followed by everything", () => {
    const snapshot = snapshotOf(10_000);
    const page = firstPage(snapshot);
    const keys = page.entities.jobs!.map(({ key }) => key);
    expect(keys).toHaveLength(60);
    expect(keys.slice(0, 2)).toEqual([snapshot.entities.jobs!.at(-1)!.key, snapshot.entities.jobs![0]!.key]);
    const { state, outcome } = applyFrame(openState(page), snapshot);
    expect(outcome).toBe("applied");
    expect(state.collections.jobs?.size).toBe(10_000);
    expect(state).toMatchObject({ epoch: "e", revision: 9 });
    // A patch of the server does not fit before that.
    const patch = { type: "patch" as const, epoch: "e", at: snapshot.at, from: 9, revision: 10, upsert: {}, remove: {} };
    expect(applyFrame(openState(page), patch).outcome).toBe("gap");
  });
});
