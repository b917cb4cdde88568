import type { Page } from "@playwright/test";
import { prometheusMissing, startPrometheus, type Alert, type RunningPrometheus } from "../prometheus.ts";
import { startProduct, type Product } from "../product.ts";
import { startSimulator, type RunningSimulator } from "../simulator.ts";
import { expect, test as pages, untilLive } from "./fixture.ts";

/** What is seen after a key; the first is the page that the alert's link opens, and needs none. */
interface Look {
  /** A key, or the words of a problem on Now: the number that stands beside it is pressed. */
  press?: string | RegExp;
  sees: readonly RegExp[];
}

interface Incident {
  name: string;
  scenario: string;
  /** Simulated time runs this many times faster, so that an hour's worth of jobs ends within the test. */
  speed?: number;
  /** Exactly these alerts fire; the first one's link is followed. */
  alerts: readonly [string, ...string[]];
  /** From the link to the sentence that names the cause and to what it rests on. */
  looks: readonly Look[];
}

const MOST_STEPS = 3;
const INCIDENTS: readonly Incident[] = [
  {
    name: "all slots busy",
    scenario: "slots-full",
    alerts: ["RunnerSlotsFull", "RunnerJobsWaitLong"],
    looks: [
      { sees: [/All slots of k8s-runner are taken: \d+ jobs in 3 managers/] },
      { press: /wait without tags/, sees: [/9 of 9 slots busy/] },
    ],
  },
  {
    name: "a runner's limit",
    scenario: "limit",
    alerts: ["RunnerSlotsFull", "RunnerJobsWaitLong"],
    looks: [
      { sees: [/The limit of k8s-runner is reached: 6 jobs at once in 3 managers/, /Raise limit/] },
      { press: /wait without tags/, sees: [/2 in use, limit 2/] },
    ],
  },
  {
    name: "GitLab answers the managers with 429",
    scenario: "gitlab-429-10m",
    // Runnerscope itself is refused too.
    alerts: ["RunnerRequestPathBinds", "RunnerscopeSourceFailed"],
    looks: [{ sees: [/GitLab throttles 3 managers: polls are answered with 429/] }, { press: /throttles/, sees: [/429/] }],
  },
  {
    name: "request_concurrency starves the slots",
    scenario: "starvation",
    alerts: ["RunnerRequestPathBinds", "RunnerJobsWaitLong"],
    looks: [
      { sees: [/k8s-runner has \d+ free slots and polls well, but does not take them/, /Raise request_concurrency/] },
      { press: /wait without tags/, sees: [/request_concurrency/, /1 of 1/] },
    ],
  },
  {
    name: "the node is full",
    scenario: "node-full",
    alerts: ["RunnerJobsUnschedulable", "RunnerJobsWaitLong"],
    looks: [{ sees: [] }, { press: "j", sees: [/Does not fit on the only node: too little CPU left/, /Insufficient cpu/] }],
  },
  {
    name: "the quota is used up",
    scenario: "quota",
    alerts: ["RunnerPodsRefused"],
    looks: [{ sees: [/Quota ci-quota of namespace gitlab-runner is used up/, /taken and got no pod/] }],
  },
  {
    name: "the image registry is down",
    scenario: "registry-down",
    alerts: ["RunnerImagesNotPulled"],
    looks: [{ sees: [] }, { press: "j", sees: [/registry\.example\.com\/\S+ (cannot|could not) be pulled/, /connection refused/] }],
  },
  {
    name: "a manager is killed and leaves orphans",
    scenario: "manager-killed",
    alerts: ["RunnerJobsOrphaned"],
    looks: [{ sees: [] }, { press: "j", sees: [/Orphaned: no runner manager holds this job any more/, /gitlab-runner-/] }],
  },
  {
    name: "OOM kills in one project",
    scenario: "oom-build",
    speed: 6,
    alerts: ["RunnerJobsOomKilled"],
    looks: [{ sees: [] }, { press: "j", sees: [/container build was OOM-killed \(memory limit 2.GiB\)/i, /OOMKilled/] }],
  },
  {
    name: "builds are throttled by their CPU limit",
    scenario: "throttled",
    alerts: ["RunnerJobsThrottled"],
    looks: [
      { sees: [] },
      { press: "j", sees: [] },
      { press: "Enter", sees: [/Container (build|helper) was throttled in \d+.% of its CPU periods/, /CPU limit/] },
    ],
  },
];

interface World {
  product: Product;
  prometheus: RunningPrometheus;
}

const test = pages.extend<{ world: (incident: Incident) => Promise<World> }>({
  world: async ({ page }, provide) => {
    const running: (Product | RunningSimulator | RunningPrometheus)[] = [];
    await provide(async ({ scenario, speed = 1 }) => {
      const simulator = await startSimulator(["--scenario", scenario, "--seed", "7", "--speed", String(speed)]);
      running.unshift(simulator);
      const product = await startProduct({ ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "error" });
      running.unshift(product);
      const prometheus = await startPrometheus(product.url);
      running.unshift(prometheus);
      return { product, prometheus };
    });
    await page.close();
    for (const one of running) await one.stop();
  },
});

/** Each press of a key is a step, and nothing but keys is used. */
class Keyboard {
  steps = 0;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async press(key: string | RegExp): Promise<void> {
    this.steps += 1;
    await this.#page.keyboard.press(typeof key === "string" ? key : await this.#numberOf(key));
  }

  /** As a person reads it: the number beside the words. */
  async #numberOf(words: RegExp): Promise<string> {
    const row = this.#page
      .getByRole("region", { name: /Problems/ })
      .getByRole("listitem")
      .filter({ hasText: words })
      .first();
    return (await row.locator("kbd").textContent()) ?? "";
  }
}

const namesOf = (alerts: readonly Alert[]) =>
  [...new Set(alerts.filter(({ state }) => state === "firing").map(({ name }) => name))].toSorted();

for (const incident of INCIDENTS)
  test(`${incident.name}: the right alerts fire, their links answer, and the cause is at most ${MOST_STEPS} keys away`, async ({
    page,
    world,
  }) => {
    test.skip(prometheusMissing !== null, prometheusMissing ?? "");
    test.setTimeout(240_000);
    const { prometheus } = await world(incident);
    let firing: Alert[] = [];
    const look = async () => namesOf((firing = await prometheus.alerts()));
    await expect.poll(look, { timeout: 150_000, intervals: [1_000] }).toEqual([...incident.alerts].toSorted());
    for (const { annotations } of firing) expect((await fetch(annotations["dashboard"] ?? "")).status).toBe(200);

    const alert = firing.find(({ name, state }) => name === incident.alerts[0] && state === "firing");
    await page.goto(alert?.annotations["dashboard"] ?? "");
    await untilLive(page);
    const keyboard = new Keyboard(page);
    for (const { press, sees } of incident.looks) {
      if (press !== undefined) await keyboard.press(press);
      for (const words of sees) await expect(page.getByRole("main").getByText(words).filter({ visible: true }).first()).toBeVisible();
    }
    expect(keyboard.steps).toBeLessThanOrEqual(MOST_STEPS);
  });
