import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { Problem } from "@/lib/fleet/schema.ts";
import { buildCapacity, buildWaiting } from "@/lib/testing/build-manager-view.ts";
import { prepareCeilings } from "./prepare-ceilings.ts";
import { cutProblems } from "./prepare-problems.ts";
import { oldestWait, orderWaiting } from "./prepare-waiting-tags.ts";

const told = <T>(value: T) => known(value, "2026-03-01T13:29:55.000Z", "test");
const input = (change: Partial<Parameters<typeof prepareCeilings>[0]> = {}) => ({
  capacity: buildCapacity(),
  live: told(10),
  waiting: told(7),
  ...change,
});

describe("ceilings", () => {
  it("stand on one axis of jobs at once: what runs and what there is room for", () => {
    const view = prepareCeilings(input());
    expect(view.bars.map(({ name, kind, inUse, total, binds }) => [name, kind, inUse, total, binds])).toEqual([
      ["slots", "bounded", 10, 10, true],
      ["cpu", "bounded", 10, 19, false],
      ["memory", "bounded", 10, 38, false],
      ["requests", "open", 0, 0, false],
    ]);
    expect(view).toMatchObject({ wanted: 17, max: 40, atLeast: false, refused: 0 });
  });

  it("are unknown, not 0, where no manager tells", () => {
    const slots = { managers: 2, unknownManagers: 2, total: 0, used: 0, free: 0 };
    const requestPath = { state: "unknown" as const, statuses: [], since: null, failing: [] };
    const view = prepareCeilings(input({ capacity: buildCapacity({ binds: "unknown", slots, requestPath }) }));
    expect(view.bars.filter(({ kind }) => kind === "unknown").map(({ name }) => name)).toEqual(["slots", "requests"]);
    expect(view).toMatchObject({ wanted: null, refused: null });
  });

  it("of the cluster are unknown before pods or nodes are, and open where jobs request nothing", () => {
    const names = (view: ReturnType<typeof prepareCeilings>, kind: string) =>
      view.bars.filter((bar) => bar.kind === kind).map((bar) => bar.name);
    expect(names(prepareCeilings(input({ live: unknown("not-reached") })), "unknown")).toEqual(["cpu", "memory"]);
    const { cluster } = buildCapacity();
    const open = buildCapacity({ cluster: { ...cluster, memory: { perNode: null, inTotal: null } } });
    expect(names(prepareCeilings(input({ capacity: open })), "open")).toEqual(["memory", "requests"]);
  });

  it("name the resource of the cluster that binds, pods too", () => {
    const { cluster } = buildCapacity();
    const full = { ...cluster, fits: told(0), boundBy: "pods" as const, pods: { perNode: 0, inTotal: 0 } };
    const capacity = buildCapacity({ binds: "cluster", cluster: full });
    expect(prepareCeilings(input({ capacity })).bars.filter(({ binds }) => binds)).toMatchObject([{ name: "pods", total: 10 }]);
  });

  it("name no resource where pods find no room for another reason, and the one that they lack where the scheduler says it", () => {
    const { cluster } = buildCapacity();
    const named = (change: Partial<typeof cluster>) =>
      prepareCeilings(input({ capacity: buildCapacity({ binds: "cluster", cluster: { ...cluster, ...change } }) })).bars.flatMap((bar) =>
        bar.binds ? [bar.name] : [],
      );
    expect(named({ unschedulable: 2, lacks: "taints" })).toEqual([]);
    expect(named({ unschedulable: 2, lacks: null })).toEqual([]);
    expect(named({ unschedulable: 2, lacks: "memory" })).toEqual(["memory"]);
    expect(named({ withoutPod: 3 })).toEqual([]);
  });

  it("far beyond what is wanted end beyond the axis instead of pressing it together", () => {
    const { cluster } = buildCapacity();
    const view = prepareCeilings(input({ capacity: buildCapacity({ cluster: { ...cluster, memory: { perNode: 900, inTotal: 900 } } }) }));
    expect(view.max).toBeLessThan(100);
    expect(view.bars.find(({ name }) => name === "memory")).toMatchObject({ total: 910, beyond: true });
  });

  it("of the request path show the share that is refused; managers that do not tell make the demand a lower bound", () => {
    const slots = { managers: 2, unknownManagers: 1, total: 10, used: 6, free: 4 };
    const statuses = [
      { status: "429", count: 41 },
      { status: "204", count: 19 },
    ];
    const requestPath = { state: "held" as const, statuses, since: null, failing: ["m"] };
    const view = prepareCeilings(input({ capacity: buildCapacity({ binds: "request-path", slots, requestPath }) }));
    expect(view.refused).toBeCloseTo(41 / 60);
    expect(view).toMatchObject({ wanted: 13, atLeast: true });
  });
});

describe("waiting by tag", () => {
  it("puts most jobs first, and of equals the oldest", () => {
    const group = (tags: string[], count: number, oldestAt: string | null) => buildWaiting({ tags, count, oldestAt });
    const groups = [group(["c"], 1, null), group(["b"], 1, "2026-03-01T13:00:00Z"), group(["a"], 7, null)];
    expect(orderWaiting(groups).map(({ tags }) => tags[0])).toEqual(["a", "b", "c"]);
    expect(oldestWait(groups)).toBe("2026-03-01T13:00:00Z");
    expect(oldestWait([])).toBeNull();
  });
});

describe("problems on the first page", () => {
  const problem = (key: string, group: Problem["group"]) => ({ key, group }) as Problem;
  const many = [
    ...Array.from({ length: 9 }, (_, at) => problem(`n${at}`, "needs-you")),
    ...Array.from({ length: 3 }, (_, at) => problem(`w${at}`, "to-watch")),
  ];

  it("are the worst of both groups, with the count of all", () => {
    const { needsYou, toWatch, hidden } = cutProblems(many, false);
    expect(needsYou.shown.map(({ key }) => key)).toEqual(["n0", "n1", "n2"]);
    expect(toWatch.shown.map(({ key }) => key)).toEqual(["w0", "w1"]);
    expect([needsYou.count, toWatch.count, hidden]).toEqual([9, 3, 7]);
  });

  it("are all of them on demand, or when there are few", () => {
    expect(cutProblems(many, true)).toMatchObject({ hidden: 0, needsYou: { shown: { length: 9 } }, toWatch: { shown: { length: 3 } } });
    expect(cutProblems(many.slice(7), false).hidden).toBe(0);
  });
});
