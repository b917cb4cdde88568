import { expect, it } from "vitest";
import { requestBudgetSchema } from "../../base/source-state.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { toldLimits } from "./read-limits.ts";
import { RequestBudget } from "./request-budget.ts";

const START = "2026-11-25T00:00:00.000Z";
const resetAt = (seconds: number) => String(Date.parse(START) / 1_000 + seconds);

it("tells GitLab's own limit as its answers say it, of a 429 too, until its window is over", () => {
  const clock = new FakeClock(START);
  const budget = new RequestBudget(clock, 60, () => 0.5);
  const told = (headers: Record<string, string>) => toldLimits(headers, clock.now());
  const state = () => requestBudgetSchema.parse(budget.state(0));
  budget.take();
  budget.answered(told({}));
  expect(state()).toMatchObject({ perMinute: 60, usedLastMinute: 1, limit: null, remaining: null, resetAt: null, pausedUntil: null });
  budget.answered(told({ "ratelimit-limit": "2000", "ratelimit-remaining": "1990", "ratelimit-reset": resetAt(30) }));
  expect(state()).toMatchObject({ limit: 2_000, remaining: 1_990, resetAt: "2026-11-25T00:00:30.000Z", pausedUntil: null });
  // Answers without the headers, as those of GraphQL, take nothing back.
  budget.answered(told({}));
  expect(state()).toMatchObject({ limit: 2_000, remaining: 1_990, resetAt: "2026-11-25T00:00:30.000Z" });
  budget.throttled(20_000, told({ "ratelimit-limit": "2000", "ratelimit-remaining": "0", "ratelimit-reset": resetAt(20) }));
  expect(state()).toMatchObject({ remaining: 0, resetAt: "2026-11-25T00:00:20.000Z", pausedUntil: "2026-11-25T00:00:20.000Z" });
  clock.advance(20_001);
  expect(state()).toMatchObject({ limit: 2_000, remaining: null, resetAt: null, pausedUntil: null });
});
