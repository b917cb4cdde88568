import { describe, expect, it } from "vitest";
import type { SourceReport } from "../base/source-state.ts";
import { NOW, overviewOf } from "../testing/capacity-world.ts";
import { at, buildCluster, buildReport, T0 } from "../testing/build-pod-record.ts";
import { foldFleet } from "./fold-fleet.ts";

const failed = (code: "tls" | "timeout" | "unauthorized"): SourceReport["state"] => ({
  state: "failed",
  since: T0,
  error: { code, detail: "" },
  retryAt: T0,
});
const kubelet = (part: string | null, state: SourceReport["state"]) =>
  buildReport("kubelet-metrics", { key: `test/kubelet-metrics/${part}`, part, state });

/** Title and remedy of each problem of a source, by the reports of these kubelets or managers. */
function problemsOf(...reports: SourceReport[]) {
  const cluster = buildCluster([], { sources: [buildReport("kubernetes-pods"), ...reports] });
  const { overview } = foldFleet(null, { clusters: [cluster], gitlab: null, at: T0, keep: { maxJobs: 10, maxAgeMs: 60_000 } });
  return overview.problems.filter(({ kind }) => kind === "source").map(({ title, remedy }) => [title, remedy?.key]);
}

describe("kubelets that do not tell", () => {
  it("are named, and are not the API server", () => {
    expect(problemsOf(buildReport("kubelet-metrics"), kubelet("n1", failed("timeout")))).toEqual([
      [{ key: "problem.kubelets", values: { count: 1, names: "n1" } }, "remedy.kubelet"],
    ]);
  });

  it("need a CA where TLS fails, a right to log in where they refuse", () => {
    expect(problemsOf(kubelet("n1", failed("tls")))[0]?.[1]).toBe("remedy.kubelet-tls");
    expect(problemsOf(kubelet("n1", failed("unauthorized")))[0]?.[1]).toBe("remedy.kubelet-login");
    expect(problemsOf(kubelet(null, failed("tls")))[0]?.[1]).toBe("remedy.kubelet-tls");
  });

  it("are counted, the first three by name", () => {
    const [title] = problemsOf(...["a", "b", "c", "d"].map((name) => kubelet(name, failed("timeout"))))[0] ?? [];
    expect(title).toEqual({ key: "problem.kubelets", values: { count: 4, names: "a, b, c …" } });
  });

  it("that need a right keep the rule", () => {
    const rule = { apiGroup: "", resource: "nodes/metrics", verbs: ["get"], namespace: null };
    expect(problemsOf(kubelet("n1", { state: "forbidden", since: T0, rule }))[0]?.[1]).toBe("remedy.rule");
  });
});

it("one manager of several that is not read is not called all of them", () => {
  const one = buildReport("managers", { key: "test/managers/m1", part: "m1", state: failed("timeout") });
  expect(problemsOf(buildReport("managers"), one)).toEqual([
    [{ key: "problem.managers-unread", values: { count: 1, cluster: "test" } }, "remedy.manager-port"],
  ]);
});

describe("GitLab that does not answer", () => {
  const lastError = { code: "throttled" as const, detail: "429: GitLab asks to wait 60 s" };
  const stale = (since: string): SourceReport["state"] => ({ state: "stale", since, lastError, retryAt: T0 });
  const told = (state: SourceReport["state"]) =>
    overviewOf({ gitlab: { state } })
      .problems.filter(({ key }) => key === "source gitlab")
      .map(({ group, title, remedy, target }) => [group, title.key, title.values["code"], remedy?.values["code"], target]);

  it("is a thing to watch once it lasts, with what to do, and no reason to doubt the rest", () => {
    expect(told(stale(at(NOW - 30)))).toEqual([["to-watch", "problem.gitlab-stale", "throttled", "throttled", "/sources"]]);
    expect(told(stale(at(NOW - 5)))).toEqual([]);
    expect(told({ state: "live", since: T0 })).toEqual([]);
  });

  it("is told at once where it never answered: the token is wrong", () => {
    expect(told(failed("unauthorized"))).toEqual([["to-watch", "problem.gitlab-failed", "unauthorized", "unauthorized", "/sources"]]);
  });
});
