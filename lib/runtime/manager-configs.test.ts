import { expect, it } from "vitest";
import { buildManagerPod } from "../testing/build-reading.ts";
import { buildPod } from "../testing/build-pod-record.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import { ManagerConfigs } from "./manager-configs.ts";

type Answer = Record<string, string> | number | "broken";

/** ConfigMaps by `<namespace>/<name>`; a number: the status of a refusal. */
function make(answers: Record<string, Answer>) {
  const asked: string[] = [];
  const clock = new FakeClock();
  const configs = new ManagerConfigs(
    {
      configMap: async (namespace, name, keys) => {
        const key = `${namespace}/${name}`;
        asked.push(key);
        const answer = answers[key] ?? 404;
        if (answer === "broken") throw new Error("reset");
        if (typeof answer === "number") throw Object.assign(new Error("no"), { status: answer });
        return new Map(keys.flatMap((one) => (answer[one] === undefined ? [] : [[one, answer[one]] as const])));
      },
    },
    clock,
  );
  const pass = async (ms: number) => {
    clock.advance(ms);
    // Every read settles in a few turns.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return { configs, asked, answers, clock, pass };
}

const manager = (uid: string, change: Partial<PodRecord> = {}) =>
  buildManagerPod(uid, { namespace: "runners", configMaps: ["gitlab-runner"], ...change });
const pods = (...all: PodRecord[]) => new Map(all.map((pod) => [pod.uid, pod]));

const CHART = {
  "config.toml": "concurrent = 10\ncheck_interval = 3\n",
  "config.template.toml": '[[runners]]\n  limit = 4\n  token = "glrt-secret-1"\n  [runners.kubernetes]\n    namespace = "ci"\n',
};

it("reads the two files of the chart of every manager's ConfigMap once, and no job's", async () => {
  const { configs, asked, pass } = make({ "runners/gitlab-runner": CHART });
  const told: number[] = [];
  configs.onChange(() => told.push(told.length));
  configs.follow(pods(manager("a"), manager("b"), buildPod({ configMaps: ["of-a-job"] })));
  expect(configs.facts().get("a")).toMatchObject({ state: "unread", config: null });
  await pass(0);
  expect(asked).toEqual(["runners/gitlab-runner"]);
  expect(configs.facts().get("a")).toMatchObject({
    state: "read",
    configMaps: ["runners/gitlab-runner"],
    config: { concurrent: 10, runners: [{ limit: 4, kubernetes: { namespace: "ci" } }] },
  });
  expect(configs.facts().get("b")?.config).toEqual(configs.facts().get("a")?.config);
  expect(JSON.stringify([...configs.facts()])).not.toContain("secret");
  expect(told).toHaveLength(1);
});

it("says which right is missing, and reads once it is there", async () => {
  const { configs, answers, pass } = make({ "runners/gitlab-runner": 403 });
  configs.follow(pods(manager("a")));
  await pass(0);
  expect(configs.facts().get("a")).toMatchObject({
    state: "forbidden",
    rule: { apiGroup: "", resource: "configmaps", verbs: ["get"], namespace: "runners" },
    config: null,
  });
  answers["runners/gitlab-runner"] = CHART;
  await pass(60_000);
  expect(configs.facts().get("a")).toMatchObject({ state: "read", rule: null, config: { concurrent: 10 } });
});

it("keeps what it read while the API server is away, and its identity while nothing changes", async () => {
  const { configs, answers, pass } = make({ "runners/gitlab-runner": CHART });
  configs.follow(pods(manager("a")));
  await pass(0);
  const first = configs.facts();
  await pass(60_000);
  expect(configs.facts()).toBe(first);
  answers["runners/gitlab-runner"] = "broken";
  await pass(60_000);
  expect(configs.facts()).toBe(first);
  answers["runners/gitlab-runner"] = { "config.toml": "concurrent = 4\n" };
  await pass(60_000);
  expect(configs.facts().get("a")?.config?.concurrent).toBe(4);
});

it.each<[string, Partial<PodRecord>, Record<string, Answer>]>([
  ["mounts none", { configMaps: [] }, {}],
  ["mounts one that is not there", {}, {}],
  ["mounts one without a configuration", {}, { "runners/gitlab-runner": { entrypoint: "#!/bin/bash" } }],
])("a manager that %s has none", async (_what, change, answers) => {
  const { configs, pass } = make(answers);
  configs.follow(pods(manager("a", change)));
  await pass(0);
  expect(configs.facts().get("a")).toMatchObject({ state: "absent", rule: null, config: null });
});

it("finds the one that holds the configuration among several", async () => {
  const { configs, pass } = make({ "runners/scripts": 403, "runners/config": CHART });
  configs.follow(pods(manager("a", { configMaps: ["scripts", "config"] })));
  await pass(0);
  expect(configs.facts().get("a")).toMatchObject({ state: "read", configMaps: ["runners/config"] });
});

it("reads at once for a new manager, forgets one that is gone, and nothing after stop", async () => {
  const { configs, asked, pass, clock } = make({ "runners/gitlab-runner": CHART });
  configs.follow(pods(manager("a")));
  await pass(0);
  configs.follow(pods(manager("b")));
  expect([...configs.facts().keys()]).toEqual(["b"]);
  await pass(0);
  expect(asked).toHaveLength(2);
  configs.stop();
  await pass(600_000);
  configs.follow(pods(manager("c")));
  expect([asked.length, clock.pending]).toEqual([2, 0]);
});
