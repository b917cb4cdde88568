import { GitlabClient } from "../../gitlab/server/client.ts";
import { GitlabPoller } from "../../gitlab/server/poller.ts";
import { RequestBudget } from "../../gitlab/server/request-budget.ts";
import { fastClock } from "../fast-clock.ts";
import { FakeGitlab } from "./fake-gitlab.ts";
import type { FakeRunner } from "./fake-job.ts";

export interface PollerRun {
  gitlab: FakeGitlab;
  poller: GitlabPoller;
  clock: ReturnType<typeof fastClock>;
  /** What was logged. */
  warned: string[];
  /** What the token file holds from now on. */
  rotate: (token: string) => void;
  /** Requests whose address or body match. */
  sent: (pattern: RegExp) => FakeGitlab["requests"];
  stop(): Promise<void>;
}

/** A poller that is not started yet, against a fake GitLab on the real wire; `factor`: how much faster than the wall's its time runs. */
export async function runPoller({
  prefix = "",
  perMinute = 600,
  admin = false,
  factor = 20,
  scopes = ["read_api"],
} = {}): Promise<PollerRun> {
  const gitlab = new FakeGitlab(prefix);
  gitlab.tokens = new Map([["token-one", { admin, scopes }]]);
  await gitlab.start();
  const clock = fastClock(factor);
  const budget = new RequestBudget(clock, perMinute, Math.random);
  let token = "token-one";
  const source = { read: () => Promise.resolve(token), drop: () => {} };
  const client = new GitlabClient({ baseUrl: gitlab.url, token: source, budget, clock, timeoutMs: 400 });
  const warned: string[] = [];
  const log = { warn: (fields: object, text: string) => void warned.push(`${JSON.stringify(fields)} ${text}`) };
  const poller = new GitlabPoller({ client, budget, clock, random: Math.random, log, name: "gl.example" });
  return {
    gitlab,
    poller,
    clock,
    warned,
    rotate: (next) => (token = next),
    sent: (pattern) => gitlab.requests.filter(({ url, body }) => pattern.test(url + body)),
    async stop() {
      await poller.stop();
      await client.close();
      await gitlab.stop();
    },
  };
}

export function wantedJobs(...ids: number[]): { jobId: string; projectId: string; projectPath: string }[] {
  return ids.map((id) => ({ jobId: String(id), projectId: "1", projectPath: "group/sample" }));
}

export function fakeRunner(id: number): FakeRunner {
  const managers = [{ systemId: `r_${id}`, version: "18.3.0" }];
  return { id, description: `runner ${id}`, shortSha: "abcdefgh", tags: ["k8s"], paused: false, managers };
}

/** Waits for something that happens over the network. */
export async function until(what: () => boolean, ms = 8_000): Promise<void> {
  for (let waited = 0; waited < ms && !what(); waited += 10) await new Promise((resolve) => setTimeout(resolve, 10));
  if (!what()) throw new Error(`not within ${ms} ms: ${what.toString()}`);
}
