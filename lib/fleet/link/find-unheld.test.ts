import { describe, expect, it } from "vitest";
import type { SourceState } from "../../base/source-state.ts";
import type { ManagedTrack, ManagerReading } from "../../manager/schema.ts";
import { buildMetrics, buildRunner, buildTrack } from "../../testing/build-reading.ts";
import { at, buildPod } from "../../testing/build-pod-record.ts";
import { foldWorld, look, only, silent } from "../../testing/linked-world.ts";
import type { Fleet } from "../fold-fleet.ts";

describe("a job pod on nobody's list", () => {
  const pods = [buildPod()];
  const held = foldWorld(null, 20, { pods, readings: [look("m1", 20, ["4711"]), look("m2", 20)], tracks: [buildTrack("4711")] });
  /** The manager restarted: its list is empty. */
  const restarted = [buildTrack("4711", { left: { from: at(20), to: at(25), jobs: 1, failures: null } })];
  const verdicts = (
    looks: [seconds: number, readings: ManagerReading[], tracks?: ManagedTrack[], managers?: string[]][],
    from: Fleet | null = held,
  ) => {
    let fleet = from;
    return looks.map(([seconds, readings, tracks = restarted, managers]) => {
      fleet = foldWorld(fleet, seconds, { pods, readings, tracks, ...(managers === undefined ? {} : { managers }) });
      return `${only(fleet).verdict.kind} ${only(fleet).verdict.certainty}`;
    });
  };

  it("is an orphan at the second look of every manager that could hold it", () => {
    expect(
      verdicts([
        [25, [look("m1", 25), look("m2", 25)]],
        [28, [look("m1", 28), look("m2", 25)]],
        [30, [look("m1", 30), look("m2", 30)]],
      ]),
    ).toEqual(["running confirmed", "running confirmed", "orphaned likely"]);
  });

  it("is none while one manager of its token is silent, was not read yet, or was looked at before", () => {
    const unread = look("m2", 30, [], { metrics: null, metricsAt: null, jobs: null, jobsAt: null });
    for (const other of [look("m2", 25, [], silent), unread])
      expect(
        verdicts([
          [25, [look("m1", 25), other]],
          [30, [look("m1", 30), other]],
          [40, [look("m1", 40), other]],
        ]),
      ).toEqual(Array(3).fill("running confirmed"));
    const other = (token: string) =>
      look("m2", 25, [], { ...silent, metrics: buildMetrics({ runners: [buildRunner({ shortToken: token })] }) });
    expect(
      verdicts([
        [25, [look("m1", 25), other("xyz")]],
        [30, [look("m1", 30), other("xyz")]],
      ]).at(-1),
    ).toBe("orphaned likely");
    expect(
      verdicts([
        [60, [look("m1", 25), look("m2", 60)]],
        [65, [look("m1", 25), look("m2", 65)]],
      ]).at(-1),
    ).toBe("running confirmed");
  });

  it("is no longer one when a list shows it again", () => {
    const looks = [25, 30, 35].map((seconds): Parameters<typeof verdicts>[0][number] => [
      seconds,
      [look("m1", seconds), look("m2", seconds)],
    ]);
    expect(verdicts([...looks, [40, [look("m1", 40, ["4711"]), look("m2", 40)], [buildTrack("4711")]]]).slice(-2)).toEqual([
      "orphaned likely",
      "running confirmed",
    ]);
  });

  it("is one when its manager's pod is gone and no other could hold it, some seconds later", () => {
    expect(
      verdicts([
        [30, [], [], []],
        [32, [], [], []],
        [36, [], [], []],
      ]),
    ).toEqual(["running confirmed", "running confirmed", "orphaned likely"]);
  });

  it("may be one when no list ever showed it, and is none where its runner is not ours", () => {
    const looks = (token: string) =>
      [20, 25].map((seconds): Parameters<typeof verdicts>[0][number] => [
        seconds,
        [look("m1", seconds, [], { metrics: buildMetrics({ runners: [buildRunner({ shortToken: token })] }) })],
        [],
      ]);
    expect(verdicts(looks("abc"), null).at(-1)).toBe("orphaned possible");
    expect(verdicts(looks("xyz"), null).at(-1)).toBe("running confirmed");
  });

  const folded = (looks: [seconds: number, podWatch?: SourceState][], tracks: ManagedTrack[]) => {
    let fleet: Fleet | null = held;
    return looks.map(([seconds, podWatch]) => {
      const readings = [look("m1", seconds), look("m2", seconds)];
      fleet = foldWorld(fleet, seconds, { pods, readings, tracks, ...(podWatch === undefined ? {} : { podWatch }) });
      return `${only(fleet).verdict.kind} ${only(fleet).verdict.certainty}`;
    });
  };

  it("is not claimed while pods cannot be watched: it may be gone long since; it takes two looks after they are watched again", () => {
    const cut = silent.state;
    const again: SourceState = { state: "live", since: at(41) };
    expect(
      folded(
        [
          [25, cut],
          [30, cut],
          [40, cut],
          [42, again],
          [47, again],
        ],
        restarted,
      ),
    ).toEqual([...Array(4).fill("running confirmed"), "orphaned likely"]);
    expect(folded([[25], [28, cut], [42, again], [47, again]], restarted)).toEqual([
      ...Array(3).fill("running confirmed"),
      "orphaned likely",
    ]);
  });

  it("stays one while pods cannot be watched, and after", () => {
    const again: SourceState = { state: "live", since: at(41) };
    expect(folded([[25], [30], [35, silent.state], [42, again], [47, again]], restarted)).toEqual([
      "running confirmed",
      ...Array(4).fill("orphaned likely"),
    ]);
  });

  it("that its manager let go in good order takes longer to become one than a watch that fell silent needs to be noticed", () => {
    const left = [buildTrack("4711", { left: { from: at(20), to: at(25), jobs: 1, failures: [] } })];
    const looks = folded([[25], [30], [60], [110], [125], [130]], left);
    expect(looks.map((text) => text.startsWith("orphaned"))).toEqual([false, false, false, false, true, true]);
  });

  it("is not asked for while its pod is being deleted", () => {
    const deleting = [buildPod({ deletionRequestedAt: at(21), deletionGraceSeconds: 30 })];
    let fleet: Fleet | null = held;
    for (const seconds of [25, 30, 35])
      fleet = foldWorld(fleet, seconds, { pods: deleting, readings: [look("m1", seconds), look("m2", seconds)], tracks: restarted });
    expect(only(fleet).verdict.kind).not.toBe("orphaned");
  });
});
