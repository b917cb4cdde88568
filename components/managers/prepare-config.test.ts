import { describe, expect, it } from "vitest";
import { known } from "@/lib/base/known.ts";
import type { Manager } from "@/lib/fleet/schema.ts";
import { buildEntry, buildManager } from "@/lib/testing/build-manager-view.ts";
import { globalLines, limitOf, otherConcurrent, requestConcurrencyOf, runnerConfigOf, runnerLines } from "./prepare-config.ts";

type Config = Extract<Manager["config"]["told"], { state: "known" }>["value"];
type Runner = Config["runners"][number];

const written = (change: Partial<Runner> = {}): Runner => ({
  name: "k8s",
  url: "https://gitlab.example",
  executor: "kubernetes",
  limit: 4,
  requestConcurrency: 2,
  ...change,
  kubernetes: {
    namespace: "ci",
    namespacePerJob: null,
    pollInterval: null,
    pollTimeout: 60,
    terminationGrace: 10,
    cleanupGrace: null,
    privileged: false,
    priorityClassName: null,
    resources: { memory_limit: "512Mi", cpu_request: "200m" },
    overwriteMax: {},
    overwriteAllowed: {},
    ...change.kubernetes,
  },
});
const config = (runners: Runner[], change: Partial<Config> = {}): Manager["config"] => ({
  told: known(
    { concurrent: 10, checkInterval: 3, shutdownTimeout: null, listenAddress: ":9252", runners, unreadable: 0, ...change },
    "2026-03-01T13:29:00.000Z",
    "ConfigMap ci/gitlab-runner",
  ),
  rule: null,
});
const none = { inFlight: null, exceededTotal: null, hardLimit: null, adaptiveLimit: null, usedLimit: null };

describe("a manager's configuration", () => {
  it("belongs to the runner of its name, else to the only one, else to none", () => {
    const gpu = buildEntry({ name: "gpu" });
    const two = buildManager({
      runners: [buildEntry({ name: "k8s" }), gpu],
      config: config([written(), written({ name: "gpu", limit: 1 })]),
    });
    expect(runnerConfigOf(two, gpu)?.limit).toBe(1);
    expect(runnerConfigOf(two, buildEntry({ name: null }))).toBeNull();
    // The chart names the runner at its registration: the template has no name.
    const one = buildManager({ config: config([written({ name: null })]) });
    expect(runnerConfigOf(one, buildEntry({ name: "k8s" }))?.limit).toBe(4);
    expect(runnerConfigOf(buildManager(), buildEntry())).toBeNull();
  });

  it.each<[what: string, inProcess: number | null, inFile: number | null, otherwise: number | null | undefined]>([
    ["the same", 4, 4, undefined],
    ["none and 0", null, 0, undefined],
    ["none and not set", null, null, undefined],
    ["raised since", 4, 8, 8],
    ["taken away since", 4, 0, null],
  ])("limit is what the process has; the file's counts only where it differs: %s", (_what, inProcess, inFile, otherwise) => {
    const entry = buildEntry({ limit: inProcess });
    const manager = buildManager({ runners: [entry], config: config([written({ limit: inFile })]) });
    const bound = limitOf(manager, entry);
    expect([bound.value, bound.from, bound.otherwise]).toEqual([inProcess, "metrics", otherwise]);
  });

  it("request_concurrency comes from the metrics, before 18.1 from the file, else nobody tells", () => {
    const of = (hardLimit: number | null, file: Manager["config"] | null) => {
      const entry = buildEntry({ requestConcurrency: { ...none, hardLimit } });
      return requestConcurrencyOf(buildManager({ runners: [entry], ...(file === null ? {} : { config: file }) }), entry);
    };
    expect(of(2, config([written()]))).toEqual({ value: 2, from: "metrics" });
    expect(of(4, config([written()]))).toEqual({ value: 4, from: "metrics", otherwise: 2 });
    expect(of(null, config([written()]))).toEqual({ value: 2, from: "config-map" });
    expect(of(null, config([written({ requestConcurrency: null })]))).toEqual({ value: 1, from: "config-map" });
    expect(of(null, null)).toBeNull();
  });

  it("concurrent differs only where both are known and it is what bounds", () => {
    expect(otherConcurrent(buildManager({ config: config([], { concurrent: 20 }) }))).toBe(20);
    expect(otherConcurrent(buildManager({ config: config([]) }))).toBeNull();
    const { slots } = buildManager();
    expect(otherConcurrent(buildManager({ slots: { ...slots, boundBy: "limits" }, config: config([], { concurrent: 20 }) }))).toBeNull();
    expect(otherConcurrent(buildManager())).toBeNull();
  });

  it("is written with the keys of config.toml, and what is not set is left out", () => {
    const { told } = config([written()]);
    if (told.state === "unknown") throw new Error("not known");
    expect(globalLines(told.value)).toEqual([
      ["concurrent", "10"],
      ["check_interval", "3"],
      ["listen_address", ":9252"],
    ]);
    expect(runnerLines(written())).toEqual([
      ["executor", "kubernetes"],
      ["limit", "4"],
      ["request_concurrency", "2"],
      ["namespace", "ci"],
      ["poll_timeout", "60"],
      ["pod_termination_grace_period_seconds", "10"],
      ["privileged", "false"],
      ["cpu_request", "200m"],
      ["memory_limit", "512Mi"],
    ]);
  });
});
