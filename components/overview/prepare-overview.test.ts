import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { SourceReport, SourceState } from "@/lib/base/source-state.ts";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { prepareFigures, preparePhases, recentlyEnded } from "./prepare-figures.ts";
import { prepareStrip } from "./prepare-strip.ts";

const at = "2026-03-01T12:00:00Z";
function report(source: SourceReport["source"], state: SourceReport["state"]["state"], lastHeardAt: string | null = at): SourceReport {
  const error: { code: "timeout"; detail: string } = { code: "timeout", detail: "" };
  const states: Record<SourceState["state"], SourceState> = {
    live: { state: "live", since: at },
    connecting: { state: "connecting", since: at },
    stale: { state: "stale", since: at, lastError: error, retryAt: at },
    failed: { state: "failed", since: at, error, retryAt: at },
    forbidden: { state: "forbidden", since: at, rule: { apiGroup: "", resource: "events", verbs: ["list"], namespace: null } },
    off: { state: "off", reason: "not-in-this-version" },
  };
  return {
    key: source,
    cluster: "c",
    source,
    part: null,
    state: states[state],
    objects: 1,
    lastHeardAt,
    requestsPerMinute: 0,
    openWatches: 1,
    relists: 0,
    reconnects: 0,
  };
}

describe("prepareStrip", () => {
  const kubernetes = (...reports: SourceReport[]) => prepareStrip(reports)[0];

  it("is live only when all that is on is live", () => {
    expect(kubernetes(report("kubernetes-pods", "live"), report("kubernetes-nodes", "off"))).toMatchObject({
      state: "live",
      live: 1,
      all: 1,
    });
    expect(kubernetes(report("kubernetes-pods", "live"), report("kubernetes-events", "forbidden"))).toMatchObject({
      state: "degraded",
      live: 1,
      all: 2,
    });
    expect(kubernetes(report("kubernetes-pods", "live"), report("kubernetes-events", "connecting"))?.state).toBe("connecting");
  });

  it("says the worst when nothing is live, and off when nothing is on", () => {
    expect(kubernetes(report("kubernetes-pods", "failed"))?.state).toBe("failed");
    expect(prepareStrip([report("gitlab", "off")])).toMatchObject([{ name: "gitlab", state: "off", all: 0 }]);
  });

  it("takes the age of the newest word, never of one that is off", () => {
    expect(
      kubernetes(
        report("kubernetes-pods", "live", "2026-03-01T12:00:05Z"),
        report("kubernetes-events", "live", at),
        report("kubernetes-nodes", "off", "2026-03-01T13:00:00Z"),
      )?.lastHeardAt,
    ).toBe("2026-03-01T12:00:05Z");
    expect(kubernetes(report("kubernetes-pods", "connecting", null))?.lastHeardAt).toBeNull();
  });
});

describe("figures", () => {
  it("are unknown, not zero, before the first list", () => {
    expect(prepareFigures({ live: unknown("not-reached"), byPhase: {} })).toBeNull();
    expect(prepareFigures({ live: known(0, at, "test"), byPhase: {} })).toEqual({ running: 0, cluster: 0 });
  });

  it("count what runs and what waits; cleanup is neither", () => {
    expect(
      prepareFigures({ live: known(9, at, "test"), byPhase: { executing: 3, script: 1, scheduling: 2, starting: 1, cleanup: 2 } }),
    ).toEqual({ running: 4, cluster: 3 });
  });

  it("list phases in the order of life, without empty and ended ones", () => {
    expect(preparePhases({ cleanup: 1, scheduling: 2, executing: 0, ended: 7 })).toEqual([
      { phase: "scheduling", count: 2 },
      { phase: "cleanup", count: 1 },
    ]);
  });

  it("take the newest ends first and leave the living out", () => {
    const row = (uid: string, deletedAt: string | null) => buildJobRow({ uid, key: `test/${uid}`, deletedAt });
    expect(recentlyEnded([row("a", at), row("b", null), row("c", "2026-03-01T12:09:00Z")], 5).map((job) => job.uid)).toEqual(["c", "a"]);
  });
});
