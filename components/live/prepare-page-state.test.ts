import { describe, expect, it } from "vitest";
import type { Problem } from "@/lib/fleet/schema.ts";
import { iconOf, judgePage, newTopProblem, titleOf } from "./prepare-page-state.ts";

const problem = (key: string, group: Problem["group"]) => ({ key, group }) as Problem;
const judge = (change: Partial<Parameters<typeof judgePage>[0]> = {}) =>
  judgePage({ connection: "live", problems: [], troubled: false, ...change });

describe("state of the tab", () => {
  it("is never well while something is not known", () => {
    expect(judge().state).toBe("well");
    expect(judge({ troubled: true }).state).toBe("unknown");
    expect(judge({ problems: null }).state).toBe("unknown");
    expect(judge({ connection: "connecting" }).state).toBe("unknown");
  });

  it("counts what needs somebody; being cut off says nothing about the fleet", () => {
    const problems = [problem("a", "needs-you"), problem("b", "needs-you"), problem("c", "to-watch")];
    expect(judge({ problems })).toEqual({ state: "needs-you", count: 2 });
    expect(judge({ problems: problems.slice(2) })).toEqual({ state: "to-watch", count: 0 });
    expect(judge({ problems, connection: "disconnected" })).toEqual({ state: "cut", count: 0 });
  });

  it("stands before the page's own title once, however often it is written", () => {
    const needs = { state: "needs-you", count: 2 } as const;
    expect(titleOf("Now · Runnerscope", needs)).toBe("(2) Now · Runnerscope");
    expect(titleOf("(2) Now · Runnerscope", { ...needs, count: 3 })).toBe("(3) Now · Runnerscope");
    expect(titleOf("(3) Now · Runnerscope", { state: "cut", count: 0 })).toBe("(!) Now · Runnerscope");
    expect(titleOf("(!) Now · Runnerscope", { state: "well", count: 0 })).toBe("Now · Runnerscope");
  });

  it("has an outline of its own in each state", () => {
    const states = ["cut", "needs-you", "to-watch", "well", "unknown"] as const;
    const outlines = states.map((state) => decodeURIComponent(iconOf(state)).replaceAll(/#[0-9a-f]{6}/g, ""));
    expect(new Set(outlines).size).toBe(states.length);
  });
});

it("only a worst problem that was not there before is new", () => {
  const problems = [problem("a", "needs-you"), problem("b", "needs-you")];
  expect(newTopProblem(problems, new Set(["b"]))?.key).toBe("a");
  expect(newTopProblem(problems, new Set(["a"]))).toBeNull();
  expect(newTopProblem([problem("c", "to-watch")], new Set())).toBeNull();
});
