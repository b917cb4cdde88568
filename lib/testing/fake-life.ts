import type { FakeFleet } from "./fake-fleet.ts";
import { OOM_KILLED } from "./fake-fleet.ts";

interface Step {
  atMs: number;
  run(): void;
}

type Story = "good" | "oom" | "service-oom" | "pull-failed" | "no-room" | "evicted" | "lost";

/** Every tenth job of a healthy fleet has trouble of some kind. */
const STORIES: readonly Story[] = [
  "good",
  "good",
  "good",
  "oom",
  "good",
  "no-room",
  "good",
  "good",
  "pull-failed",
  "good",
  "service-oom",
  "good",
  "good",
  "evicted",
  "good",
  "lost",
];
const PROJECTS = ["payments/api", "payments/web", "shop/checkout", "platform/images", "data/etl"];
const JOBS = ["unit-test", "build-image", "lint", "e2e: [chromium, 1/4]", "deploy staging"];

/** Jobs that come, move on, end, and sometimes go wrong, for as long as it is not stopped. */
export class FakeLife {
  readonly #fleet: FakeFleet;
  readonly #timer: NodeJS.Timeout;
  #steps: Step[] = [];
  #nextJobAt = 0;
  #count = 0;

  /** `everyMs`: how often a job comes. */
  constructor(fleet: FakeFleet, everyMs = 2_500) {
    this.#fleet = fleet;
    for (let count = 0; count < 6; count++) this.#begin(Date.now(), 20_000 + count * 5_000);
    this.#timer = setInterval(() => this.#tick(Date.now(), everyMs), 100);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(now: number, everyMs: number): void {
    if (now >= this.#nextJobAt) {
      this.#nextJobAt = now + everyMs;
      this.#begin(now, 25_000 + (this.#count % 7) * 8_000);
    }
    const due = this.#steps.filter((step) => step.atMs <= now);
    this.#steps = this.#steps.filter((step) => step.atMs > now);
    for (const step of due) step.run();
  }

  /** Creates a pod and plans its life of about `lifeMs`. */
  #begin(now: number, lifeMs: number): void {
    const fleet = this.#fleet;
    const index = this.#count++;
    const story = STORIES[index % STORIES.length] ?? "good";
    const project = PROJECTS[index % PROJECTS.length] ?? "payments/api";
    const services: Record<string, string> = index % 3 === 0 ? { db: "postgres:17" } : index % 7 === 0 ? { docker: "docker:28-dind" } : {};
    if (story === "service-oom") services["db"] = "postgres:17";
    const name = fleet.create({
      project,
      projectId: 7 + (index % PROJECTS.length),
      jobName: JOBS[index % JOBS.length] ?? "unit-test",
      services,
    });
    const node = `node-${(index % 3) + 1}`;
    const plan = (inMs: number, run: () => void) => this.#steps.push({ atMs: now + inMs, run });
    const end = (inMs: number, ending = {}) => {
      plan(inMs, () => fleet.delete(name));
      plan(inMs + 3_000, () => fleet.finish(name, ending));
    };
    if (story === "no-room") plan(200, () => fleet.refuse(name));
    const from = story === "no-room" ? 15_000 : 300;
    plan(from, () => fleet.schedule(name, node));
    plan(from + 500, () => fleet.prepare(name));
    if (story === "pull-failed") {
      plan(from + 2_500, () => fleet.failPull(name));
      return end(from + 20_000, { build: { exitCode: 137, reason: "ContainerStatusUnknown" } });
    }
    plan(from + 3_000, () => fleet.start(name));
    if (story === "service-oom") plan(from + 12_000, () => fleet.endContainer(name, "db", OOM_KILLED));
    if (story === "lost") return void plan(from + lifeMs, () => fleet.remove(name));
    if (story === "evicted") {
      plan(from + 10_000, () => fleet.evict(name));
      return void plan(from + 20_000, () => fleet.remove(name));
    }
    end(from + lifeMs, story === "oom" ? { build: OOM_KILLED } : {});
  }
}
