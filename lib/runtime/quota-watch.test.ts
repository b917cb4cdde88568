import { expect, it } from "vitest";
import type { PodRecord, QuotaRecord } from "../kubernetes/schema.ts";
import { buildPod } from "../testing/build-pod-record.ts";
import { buildManagerPod } from "../testing/build-reading.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { QuotaWatch } from "./quota-watch.ts";

const quota = (namespace: string, used: number): QuotaRecord => ({
  namespace,
  name: "team",
  counted: [{ resource: "pods", used, hard: 10 }],
});
const pods = (...all: PodRecord[]) => new Map(all.map((pod) => [pod.uid, pod]));

function make(answers: Record<string, QuotaRecord[] | number | "broken">) {
  const asked: string[] = [];
  const clock = new FakeClock();
  let told = 0;
  const watch = new QuotaWatch(
    {
      quotas: async (namespace) => {
        asked.push(namespace);
        const answer = answers[namespace] ?? [];
        if (answer === "broken") throw new Error("reset");
        if (typeof answer === "number") throw Object.assign(new Error("no"), { status: answer });
        return answer;
      },
    },
    clock,
  );
  watch.onChange(() => told++);
  const pass = async (ms: number) => {
    clock.advance(ms);
    // Every read settles in a few turns.
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
  };
  return { watch, asked, answers, clock, pass, told: () => told };
}

it("reads where jobs run; where none is seen, where their managers are", async () => {
  const { watch, asked, pass } = make({});
  watch.follow(pods(buildManagerPod("m")));
  await pass(0);
  expect(asked).toEqual(["runners"]);
  watch.follow(pods(buildManagerPod("m"), buildPod({ namespace: "ci" })));
  await pass(10_000);
  expect(asked).toEqual(["runners", "ci"]);
});

it("tells a change within seconds, and nothing while there is none", async () => {
  const { watch, answers, pass, told } = make({ ci: [quota("ci", 9)] });
  watch.follow(pods(buildPod({ namespace: "ci" })));
  await pass(0);
  expect(watch.facts().get("ci")).toEqual({ quotas: [quota("ci", 9)], rule: null });
  const first = watch.facts();
  await pass(10_000);
  answers["ci"] = "broken";
  await pass(10_000);
  expect([watch.facts() === first, told()]).toEqual([true, 1]);
  answers["ci"] = [quota("ci", 10)];
  await pass(10_000);
  expect([watch.facts().get("ci")?.quotas?.[0]?.counted[0]?.used, told()]).toEqual([10, 2]);
});

it("says which right is missing and does not ask all the time; an API server without quotas has none", async () => {
  const { watch, asked, answers, pass } = make({ ci: 403, other: 404 });
  watch.follow(pods(buildPod({ namespace: "ci" }), buildPod({ uid: "2", namespace: "other" })));
  await pass(0);
  const rule = { apiGroup: "", resource: "resourcequotas", verbs: ["list"], namespace: "ci" };
  expect([...watch.facts()]).toEqual([["ci", { quotas: null, rule }]]);
  await pass(20_000);
  expect(asked).toEqual(["ci", "other"]);
  answers["ci"] = [quota("ci", 1)];
  for (let turn = 0; turn < 30; turn++) await pass(10_000);
  expect(watch.facts().get("ci")?.rule).toBeNull();
});

it("asks nothing more after stop", async () => {
  const { watch, asked, clock, pass } = make({});
  watch.follow(pods(buildPod({ namespace: "ci" })));
  await pass(0);
  watch.stop();
  await pass(60_000);
  watch.follow(pods(buildPod({ namespace: "other" })));
  expect([asked, clock.pending]).toEqual([["ci"], 0]);
});
