import { describe, expect, it } from "vitest";
import { at } from "../../testing/build-pod-record.ts";
import { group, manager, NOW, overviewOf, poll, runner, throttled, waiting, type Capacities } from "../../testing/capacity-world.ts";

describe("slots and waiting jobs", () => {
  it("are 30 of 30, and a manager that does not tell adds nothing", () => {
    expect(overviewOf({ readings: ["a", "b", "c"].map((key) => manager(key, 0)) }).slots).toMatchObject({
      value: { total: 30, used: 0, free: 30, unknownManagers: 0 },
    });
    const silent = { ...manager("c", 5), metricsAt: at(0) };
    expect(overviewOf({ readings: [manager("a", 2), silent] }).slots).toMatchObject({
      value: { total: 10, used: 2, managers: 2, unknownManagers: 1 },
    });
  });

  it("are unknown, and not 0, when no manager tells or there is none", () => {
    expect(overviewOf({ readings: [{ ...manager("c", 5), metricsAt: at(0) }] }).slots).toEqual({ state: "unknown", reason: "stale" });
    expect(overviewOf({})).toMatchObject({
      slots: { state: "unknown", reason: "not-seen" },
      waiting: { state: "unknown", reason: "not-connected" },
    });
    const forbidden = { pending: { scope: "none" as const, projects: [], at: null, groups: [] } };
    expect(overviewOf({ gitlab: forbidden })).toMatchObject({ waiting: { reason: "forbidden" }, waitingTags: { reason: "forbidden" } });
    expect(overviewOf({ gitlab: {} })).toMatchObject({ waiting: { reason: "not-reached" } });
  });

  it("are unknown again once the token may no longer list those of the instance", () => {
    const lost = { subject: "pending-jobs" as const, project: null, reason: "insufficient-scope" as const, since: at(60) };
    expect(overviewOf({ gitlab: { ...waiting([group()]), blindSpots: [lost] } })).toMatchObject({ waiting: { reason: "forbidden" } });
    expect(overviewOf({ gitlab: { ...waiting([group()]), blindSpots: [{ ...lost, reason: "cut" }] } })).toMatchObject({
      waiting: { value: 5 },
    });
  });

  it("wait the longest first", () => {
    const groups = [
      group({ tags: ["a"], oldestQueuedAt: null }),
      group({ tags: ["b"], oldestQueuedAt: at(100) }),
      group({ tags: ["c"], oldestQueuedAt: at(10), count: 2 }),
    ];
    const overview = overviewOf({ gitlab: waiting(groups) });
    expect(overview.waiting).toMatchObject({ value: 12 });
    expect(overview.waitingTags).toMatchObject({ value: [{ tags: ["c"] }, { tags: ["b"] }, { tags: ["a"] }] });
  });

  it.each<[what: string, given: Capacities, heldBy: string]>([
    ["no runner has the tags", { gitlab: waiting([group({ tags: ["gpu"] })]) }, "held.no-runner"],
    ["no runner takes untagged jobs", { gitlab: waiting([group({ tags: [] })]) }, "held.no-runner"],
    ["the tags of a runner are not known", { gitlab: waiting([group({ tags: ["gpu"] })], [runner({ tags: null })]) }, "held.unknown"],
    ["the tags of the jobs are not known", { gitlab: waiting([group({ tags: null })]) }, "held.unknown"],
    [
      "runners may not be read",
      { gitlab: { ...waiting([group()], []), blindSpots: [{ subject: "runners", project: null, reason: "forbidden", since: at(0) }] } },
      "held.unknown",
    ],
    ["paused", { readings: [manager("m1", 0)], gitlab: waiting([group()], [runner({ paused: true })]) }, "held.paused"],
    ["no manager here", { readings: [manager("m1", 0, { token: "xyz" })], gitlab: waiting([group()]) }, "held.no-manager"],
    ["REST tells no tokens", { readings: [manager("m1", 0)], gitlab: waiting([group()], [runner({ shortToken: null })]) }, "held.unlinked"],
    ["all slots taken", { readings: [manager("m1", 10), manager("m2", 10)], gitlab: waiting([group()]) }, "held.slots"],
    ["its limit is reached", { readings: [manager("m1", 3, { limit: 3 })], gitlab: waiting([group()]) }, "held.limit"],
    ["a limit that is not reached is not why", { readings: [manager("m1", 10, { limit: 20 })], gitlab: waiting([group()]) }, "held.slots"],
    ["slots not known", { readings: [{ ...manager("m1", 10), metricsAt: at(0) }], gitlab: waiting([group()]) }, "held.unread"],
    ["429", { readings: [manager("m1", 1, { polls: [throttled] })], gitlab: waiting([group()]) }, "held.request-path"],
    ["nothing holds them", { readings: [manager("m1", 1)], gitlab: waiting([group()]) }, "held.slow"],
    [
      "a job has just left its slot, more wait than it has room for",
      { readings: [manager("m1", 9, { polls: [poll({ openSince: at(NOW - 5) })] })], gitlab: waiting([group()]) },
      "held.turnover",
    ],
    [
      "a job has just left its slot, and one waits",
      { readings: [manager("m1", 9, { polls: [poll({ openSince: at(NOW - 5) })] })], gitlab: waiting([group({ count: 1 })]) },
      "held.soon",
    ],
    ["they came just now", { readings: [manager("m1", 1)], gitlab: waiting([group({ oldestQueuedAt: at(NOW - 5) })]) }, "held.soon"],
  ])("wait because: %s", (_what, given, heldBy) => {
    expect(overviewOf(given).waitingTags).toMatchObject({ value: [{ heldBy: { key: heldBy } }] });
  });
});

describe("what the token shows", () => {
  const blind = (project: string | null, reason: "not-admin" | "forbidden" | "cut", second = 0) => ({
    subject: project === null ? ("pending-jobs" as const) : ("jobs" as const),
    project,
    reason,
    since: at(second),
  });

  it("is nothing to tell where GitLab is not asked, and not read yet until it was read", () => {
    expect(overviewOf({}).waitingSight).toBeNull();
    expect(overviewOf({ gitlab: {} }).waitingSight).toEqual({ scope: "unread", projects: 0, at: null, blind: [] });
  });

  it("is summed by subject and reason, with how many projects it is about and since when", () => {
    const pending = { scope: "projects" as const, projects: ["7", "9"], at: at(90), groups: [] };
    const blindSpots = [blind("11", "forbidden", 40), blind(null, "not-admin", 5), blind("12", "forbidden", 20), blind("13", "cut", 60)];
    expect(overviewOf({ gitlab: { pending, blindSpots } }).waitingSight).toEqual({
      scope: "projects",
      projects: 2,
      at: at(90),
      blind: [
        { subject: "jobs", reason: "cut", projects: 1, since: at(60) },
        { subject: "jobs", reason: "forbidden", projects: 2, since: at(20) },
        { subject: "pending-jobs", reason: "not-admin", projects: 0, since: at(5) },
      ],
    });
  });
});
