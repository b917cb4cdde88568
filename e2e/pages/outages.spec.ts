import { startProduct, type Product } from "../product.ts";
import { startSimulator, type RunningSimulator } from "../simulator.ts";
import { test as pages } from "./fixture.ts";
import { proveOutage, type Outage } from "./outages/outage.ts";

/** A calm simulated fleet and the product on it, for all outages of the file. */
const test = pages.extend<object, { stage: { simulator: RunningSimulator; product: Product } }>({
  stage: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the parameters
    async ({}, provide) => {
      const simulator = await startSimulator(["--scenario", "calm", "--seed", "9"]);
      const product = await startProduct({ ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "error" });
      await provide({ simulator, product });
      await product.stop();
      await simulator.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

const KUBERNETES = "Kubernetes watch";
const GITLAB = ["GitLab API", "card h-waiting"];
const MANAGERS = ["Runner managers", "card h-ceil", "card h-slots"];

type Case = Omit<Outage, "breakIt" | "heal"> & { target: string; verb: string; resource?: string };

/** Limits of waiting are three times what is promised: 10 s for a watch, two periods for what is polled (kubelet 15 s, manager 5 s, GitLab 20 s). */
const CASES: readonly Case[] = [
  // The two minutes, shortened: after the first half minute nothing new is shown, only ages grow and tries go on.
  {
    name: "API server gone for 35 s",
    target: "api:ci",
    verb: "down",
    now: [KUBERNETES, "note"],
    list: ["note"],
    saidMs: 30_000,
    healedMs: 45_000,
    heldMs: 35_000,
  },
  { name: "watch silent", target: "api:ci", verb: "silent", now: [KUBERNETES, "note"], list: ["note"], saidMs: 30_000, healedMs: 45_000 },
  {
    name: "right to watch pods revoked",
    target: "api:ci",
    verb: "revoke watch",
    resource: "pods",
    now: [KUBERNETES, "note"],
    list: ["note"],
    saidMs: 30_000,
    healedMs: 90_000,
  },
  { name: "one manager's port closed", target: "manager:ci 1", verb: "refuse", now: MANAGERS, list: [], saidMs: 30_000, healedMs: 60_000 },
  {
    name: "one kubelet down",
    target: "kubelet:ci-node-2",
    verb: "refuse",
    now: ["Kubelet metrics"],
    list: [],
    saidMs: 90_000,
    healedMs: 90_000,
  },
  { name: "GitLab 429", target: "gitlab:api", verb: "429", now: GITLAB, list: [], saidMs: 120_000, healedMs: 90_000 },
  { name: "GitLab 500", target: "gitlab:api", verb: "500", now: GITLAB, list: [], saidMs: 120_000, healedMs: 90_000 },
  { name: "GitLab's token wrong", target: "gitlab:api", verb: "new token", now: GITLAB, list: [], saidMs: 120_000, healedMs: 120_000 },
];

for (const { target, verb, resource, ...outage } of CASES)
  test(`${outage.name}: the panels that depend on it say so, no other, and heal without a reload; nothing lost or doubled`, async ({
    context,
    stage,
  }) => {
    test.setTimeout(300_000);
    const { simulator, product } = stage;
    await proveOutage(
      { context, simulator, url: product.url },
      {
        ...outage,
        breakIt: () => simulator.press(target, verb, resource === undefined ? {} : { resource }),
        heal: () => simulator.press(target, "well"),
      },
    );
  });
