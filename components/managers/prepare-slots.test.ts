import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { buildHeldJob, buildManager, buildSilentManager } from "@/lib/testing/build-manager-view.ts";
import { countStages, orderManagers, prepareSlotRow, shortPodName } from "./prepare-slots.ts";

const at = "2026-03-01T13:29:55.000Z";
const told = <T>(value: T) => known(value, at, "test");
const slots = (total: number, used: number) => ({
  total: told(total),
  used: told(used),
  free: told(Math.max(0, total - used)),
  boundBy: "concurrent" as const,
});
const NO_JOBS = new Map<string, ReturnType<typeof buildJobRow>>();
const kinds = (row: ReturnType<typeof prepareSlotRow>) => row.cells.map((cell) => cell.kind);

describe("slots of a manager", () => {
  it("are as many cells as it has: held jobs, then free", () => {
    const row = prepareSlotRow(buildManager(), NO_JOBS, []);
    expect(kinds(row)).toEqual(["job", "job", ...Array.from({ length: 8 }, () => "free")]);
    expect(row).toMatchObject({ used: 2, total: 10, free: 8, more: 0, reason: null, blocked: false });
  });

  it("never call a slot free that the manager counts as used but does not list", () => {
    const row = prepareSlotRow(buildManager({ slots: slots(10, 4) }), NO_JOBS, []);
    expect(kinds(row).filter((kind) => kind === "held")).toHaveLength(2);
    expect(kinds(row).filter((kind) => kind === "free")).toHaveLength(6);
    const unlisted = prepareSlotRow(buildManager({ slots: slots(3, 3), jobs: unknown("stale") }), NO_JOBS, []);
    expect(kinds(unlisted)).toEqual(["held", "held", "held"]);
  });

  it("hold more jobs than slots when concurrent was lowered", () => {
    expect(kinds(prepareSlotRow(buildManager({ slots: slots(1, 2) }), NO_JOBS, []))).toEqual(["job", "job"]);
  });

  it("are not known, and none of them is free, when the manager is not read", () => {
    const row = prepareSlotRow(buildSilentManager(), NO_JOBS, []);
    expect(row).toMatchObject({ cells: [], reason: "not-seen", total: null, used: null });
    const stale = buildManager({ slots: { total: unknown("stale"), used: unknown("stale"), free: unknown("stale"), boundBy: null } });
    const kept = prepareSlotRow(stale, NO_JOBS, []);
    expect(kinds(kept)).toEqual(["job", "job"]);
    expect(kept.reason).toBe("stale");
  });

  it("are blocked where GitLab's answers keep them empty", () => {
    const manager = buildManager();
    const row = prepareSlotRow(manager, NO_JOBS, [manager.pod]);
    expect(row.cells.filter((cell) => cell.kind === "free").every((cell) => cell.kind === "free" && cell.blocked)).toBe(true);
    expect(prepareSlotRow(manager, NO_JOBS, ["another"]).blocked).toBe(false);
  });

  it("draw a bounded number of cells and count the rest", () => {
    const row = prepareSlotRow(buildManager({ slots: slots(500, 2) }), NO_JOBS, []);
    expect(row.cells.length + row.more).toBe(500);
    expect(row.cells.length).toBe(120);
  });
});

describe("stage of a held job", () => {
  const stageOf = (held: Parameters<typeof buildHeldJob>[0], job = buildJobRow()) => {
    const cell = prepareSlotRow(buildManager({ jobs: told([buildHeldJob({ key: job.key, ...held })]) }), new Map([[job.key, job]]), [])
      .cells[0];
    return cell?.kind === "job" ? cell.stage : null;
  };

  it.each([
    [{ stage: "get_sources", phase: "sources" }, "clone"],
    [{ stage: "restore_cache", phase: "sources" }, "cache"],
    [{ stage: "download_artifacts", phase: "sources" }, "cache"],
    [{ stage: "step_script", phase: "script" }, "script"],
    [{ stage: "upload_artifacts_on_success", phase: "artifacts" }, "artifacts"],
    [{ stage: "something_new", phase: null }, "unknown"],
  ] as const)("%o is %s", (held, stage) => expect(stageOf(held)).toBe(stage));

  it("comes from the pod while the manager only prepares", () => {
    const held = { stage: "", phase: "starting" } as const;
    expect(stageOf(held, buildJobRow({ phase: "scheduling" }))).toBe("pod");
    expect(stageOf(held, buildJobRow({ phase: "starting" }))).toBe("pull");
    expect(stageOf({ ...held, key: null })).toBe("pod");
  });

  it("is cleanup as soon as deletion was asked for", () => {
    expect(stageOf({ stage: "step_script", phase: "script" }, buildJobRow({ phase: "cleanup" }))).toBe("cleanup");
  });
});

describe("marks", () => {
  const markOf = (change: Parameters<typeof buildJobRow>[0]) => {
    const job = buildJobRow(change);
    const cell = prepareSlotRow(buildManager({ jobs: told([buildHeldJob({ key: job.key })]) }), new Map([[job.key, job]]), []).cells[0];
    return cell?.kind === "job" ? (cell.mark?.shape ?? null) : null;
  };

  it("show what was seen, a kill before throttling, and nothing of a job that just runs", () => {
    const { verdict } = buildJobRow();
    expect(markOf({})).toBeNull();
    expect(markOf({ findings: ["cpu-throttling"] })).toBe("throttled");
    expect(markOf({ findings: ["cpu-throttling", "oom-kill"] })).toBe("oom-killed");
    expect(markOf({ verdict: { ...verdict, kind: "waiting-cluster" } })).toBe("unschedulable");
  });
});

it("stages are counted over all managers in the order of a job's life", () => {
  const rows = [buildManager(), buildManager({ uid: "m-2" })].map((manager) => prepareSlotRow(manager, NO_JOBS, []));
  expect(countStages(rows)).toEqual([
    { stage: "pod", count: 2 },
    { stage: "script", count: 2 },
  ]);
});

it("pods keep what tells replicas apart; short names stay whole", () => {
  expect(shortPodName("gitlab-runner-6c9f7d5b8c-4xk2p")).toBe("…4xk2p");
  expect(shortPodName("runner-0")).toBe("runner-0");
  expect(shortPodName("a-very-long-statefulset-0")).toBe("a-very-long-statefulset-0");
});

it("managers stand in one order whatever the order of arrival", () => {
  const [a, b] = [buildManager({ uid: "a", pod: "x-a" }), buildManager({ uid: "b", pod: "x-b" })];
  expect(orderManagers([b, a]).map(({ pod }) => pod)).toEqual(["x-a", "x-b"]);
});
