import { describe, expect, it } from "vitest";
import { FakeClock } from "../../testing/fake-clock.ts";
import type { RbacRule } from "../source-state.ts";
import { PollError, toPollError } from "./poll-error.ts";
import { PollLoop, type PollOptions, type PollOutcome } from "./poll-loop.ts";

const WELL: PollOutcome = { heard: true, problem: null };
const RULE: RbacRule = { apiGroup: "", resource: "nodes/metrics", verbs: ["get"], namespace: null };

function loop(read: PollOptions<{ key: string }>["read"], more: Partial<PollOptions<{ key: string }>> = {}) {
  const clock = new FakeClock();
  const warned: object[] = [];
  const made = new PollLoop<{ key: string }>({
    cluster: "test",
    source: "managers",
    noun: "manager",
    clock,
    random: () => 0.5,
    log: { warn: (fields) => warned.push(fields) },
    intervalMs: 1_000,
    maxWaitMs: 8_000,
    read,
    ...more,
  });
  /** Time passes in small steps, so that answers come in between. */
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += 50) {
      clock.advance(Math.min(50, ms - at));
      for (let turns = 0; turns < 6; turns++) await Promise.resolve();
    }
  };
  return { made, clock, pass, warned };
}
const keys = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `k${index}` }));

describe("a polling loop", () => {
  it("asks each target once an interval, and what is not named no more", async () => {
    const asked: string[] = [];
    const { made, pass } = loop(async ({ key }, turn) => (asked.push(key), turn.count(), WELL));
    made.setTargets(keys(2));
    await pass(500);
    expect(asked.toSorted()).toEqual(["k0", "k1"]);
    await pass(3_000);
    expect(asked).toHaveLength(8);
    expect(made.reports()).toMatchObject([
      { key: "test/managers", part: null, objects: 2, state: { state: "live" }, requestsPerMinute: 8 },
    ]);
    expect(made.setTargets([{ key: "k1" }])).toEqual(["k0"]);
    asked.length = 0;
    await pass(2_000);
    expect(new Set(asked)).toEqual(new Set(["k1"]));
    await pass(70_000);
    made.stop();
    const before = asked.length;
    await pass(5_000);
    expect(asked).toHaveLength(before);
    expect(made.setTargets(keys(1))).toEqual([]);
  });

  it("with nothing to ask is live since then, and its report stays the same", async () => {
    const { made, pass } = loop(async () => WELL);
    const begun = made.reports();
    await pass(5_000);
    expect(made.reports()).toEqual(begun);
    made.setTargets(keys(1));
    await pass(2_000);
    made.setTargets([]);
    const [idle] = made.reports();
    await pass(1_000);
    expect(made.reports()[0]?.state).toEqual(idle?.state);
    expect(idle?.state).not.toEqual(begun[0]?.state);
  });

  it("has at most ten questions open, and asks the others as answers come", async () => {
    const open: (() => void)[] = [];
    let most = 0;
    const done = new Set<string>();
    const { made, pass } = loop(async ({ key }) => {
      await new Promise<void>((resolve) => {
        open.push(resolve);
        most = Math.max(most, open.length);
      });
      done.add(key);
      return WELL;
    });
    made.setTargets(keys(25));
    await pass(1_000);
    expect([open.length, most]).toEqual([10, 10]);
    for (let rounds = 0; rounds < 30 && done.size < 25; rounds++) {
      open.shift()?.();
      await pass(50);
    }
    expect([done.size, most]).toEqual([25, 10]);
  });

  it("waits longer after each failure, says it once, and is live again with the first answer", async () => {
    let error: PollError | null = new PollError("server", "status 500");
    const times: number[] = [];
    const { made, pass, clock, warned } = loop(async () => {
      times.push(clock.monotonic());
      if (error !== null) throw error;
      return WELL;
    });
    made.setTargets(keys(1));
    await pass(20_000);
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([2_000, 4_000, 8_000]);
    expect(warned).toEqual([{ manager: "k0", code: "server" }]);
    const { state } = made.reports()[1]!;
    expect(state).toMatchObject({ state: "failed", error: { code: "server" } });
    error = null;
    await pass(8_000);
    expect(made.reports()).toMatchObject([{ state: { state: "live" } }]);
    error = new PollError("timeout", "late");
    await pass(1_500);
    expect(made.reports()).toMatchObject([
      { state: { state: "stale" } },
      { part: "k0", state: { state: "stale", lastError: { code: "timeout" } } },
    ]);
    const since = made.reports()[1]!.state;
    await pass(3_000);
    expect(made.reports()[1]!.state).toMatchObject({ since: "since" in since ? since.since : "" });
  });

  it("names the right that is missing, tells a turn what the last one ended with, and treats what was heard with a problem as stale", async () => {
    const seen: (string | null)[] = [];
    const answers: (() => PollOutcome)[] = [
      () => {
        throw PollError.forbidden("403", RULE);
      },
      () => ({ heard: true, problem: new PollError("protocol", "half") }),
      () => WELL,
    ];
    const { made, pass } = loop(async (_, turn) => (seen.push(turn.lastProblem?.code ?? null), (answers.shift() ?? (() => WELL))()));
    made.setTargets(keys(1));
    await pass(600);
    expect(made.stateOf("k0")).toMatchObject({ state: "forbidden", rule: RULE });
    await pass(2_000);
    expect(made.stateOf("k0")).toMatchObject({ state: "stale", lastError: { code: "protocol" } });
    await pass(4_000);
    expect(made.stateOf("k0")).toMatchObject({ state: "live" });
    expect(seen.slice(0, 3)).toEqual([null, "forbidden", "protocol"]);
  });

  it("asks soon when that is wanted, also from a listener and while the target is being asked, but not one that fails", async () => {
    const asked: string[] = [];
    const { made, pass } = loop(
      async ({ key }) => {
        asked.push(key);
        if (key === "k1") throw new PollError("server", "x");
        return WELL;
      },
      { intervalMs: 100_000, maxWaitMs: 200_000 },
    );
    let wanted = 1;
    made.onChange(() => {
      if (wanted-- > 0) made.soon(100, new Set(["k0"]));
    });
    made.setTargets(keys(2));
    await pass(2_000);
    expect(asked.filter((key) => key === "k0")).toHaveLength(2);
    made.soon(10);
    await pass(1_000);
    expect(asked.filter((key) => key === "k0")).toHaveLength(3);
    expect(asked.filter((key) => key === "k1")).toHaveLength(1);
  });

  it("what a target that is gone still answers is nobody's", async () => {
    let answer = () => {};
    const { made, pass } = loop(async (_, turn) => {
      await new Promise<void>((resolve) => (answer = resolve));
      expect(turn.gone()).toBe(true);
      return WELL;
    });
    let changes = 0;
    made.onChange(() => (changes += 1));
    made.setTargets(keys(1));
    await pass(600);
    made.setTargets([]);
    answer();
    await pass(3_000);
    expect([changes, made.stateOf("k0")]).toEqual([0, null]);
  });

  it("reports a live target that is read in a way of its own", async () => {
    const way = { name: "resource" as const, because: "absent" as const, lacks: [], windowMs: null };
    const { made, pass } = loop(async () => WELL, { way: (key) => (key === "k1" ? way : null) });
    made.setTargets(keys(2));
    await pass(600);
    expect(made.reports()).toMatchObject([
      { part: null, objects: 2 },
      { part: "k1", state: { state: "live" }, way },
    ]);
    expect(made.reports()[0]).not.toHaveProperty("way");
  });
});

it("knows failures by their codes, and writes no secret", () => {
  const of = (code: string, message = "x") => toPollError(Object.assign(new Error(message), { code }), null);
  expect(of("CERT_HAS_EXPIRED").code).toBe("tls");
  expect(of("HPE_INVALID_CONSTANT").code).toBe("protocol");
  expect(of("ECONNREFUSED").code).toBe("unreachable");
  expect(toPollError(new Error("x"), { afterMs: 5 }).code).toBe("timeout");
  expect(of("ECONNRESET", "GET https://user:hunter2@host/").message).not.toContain("hunter2");
});
