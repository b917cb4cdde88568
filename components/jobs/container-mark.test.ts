import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import { containerLetter, markContainer, shownContainers } from "./container-mark.ts";
import type { DotContainer } from "./container-mark.ts";
import { prepareStages } from "./prepare-stages.ts";

const AT = "2026-03-01T12:00:00Z";
const ended = (exitCode: number, reason: string | null = null): DotContainer["state"] =>
  known({ kind: "terminated", reason, exitCode, signal: null, message: null, startedAt: AT, finishedAt: AT }, AT, "test");
const build = (change: Partial<DotContainer> = {}): DotContainer => ({
  name: "build",
  role: "build",
  image: "node:24",
  restarts: 0,
  afterDeletion: false,
  state: known({ kind: "running", startedAt: AT }, AT, "test"),
  ...change,
});

describe("container mark", () => {
  it.each([
    [build(), "running"],
    [build({ state: ended(0, "Completed") }), "done"],
    [build({ state: ended(1, "Error") }), "fail"],
    [build({ state: ended(137, "OOMKilled") }), "oom"],
    [build({ state: ended(137, "Error"), afterDeletion: true }), "done"],
    [build({ state: ended(137, "OOMKilled"), afterDeletion: true }), "oom"],
    [build({ state: known({ kind: "waiting", reason: "ImagePullBackOff", message: null }, AT, "test") }), "pull"],
    [build({ state: known({ kind: "waiting", reason: "ContainerCreating", message: null }, AT, "test") }), "waiting"],
    [build({ state: unknown("not-reached") }), "none"],
    [build({ state: unknown("not-seen") }), "unknown"],
  ])("%#: %s", (container, mark) => {
    expect(markContainer(container)).toBe(mark);
  });

  it("keeps one order and leaves a finished init container out", () => {
    const containers = [
      build({ name: "svc-0", role: "service", image: "registry.example/db/postgres:16" }),
      build({ name: "helper", role: "helper" }),
      build({ name: "init-permissions", role: "init", state: ended(0) }),
      build(),
    ];
    expect(shownContainers(containers).map((container) => container.name)).toEqual(["build", "helper", "svc-0"]);
    expect(shownContainers(containers).map(containerLetter)).toEqual(["b", "h", "p"]);
    expect(shownContainers([build({ name: "init-permissions", role: "init", state: ended(1) })])).toHaveLength(1);
  });
});

describe("stages", () => {
  const bar = [
    { phase: "scheduling" as const, start: "2026-03-01T12:00:00Z" },
    { phase: "executing" as const, start: "2026-03-01T12:00:10Z" },
  ];
  it("lets the last stage last until now, or until the pod is gone", () => {
    expect(prepareStages(bar, Date.parse("2026-03-01T12:01:00Z"), null).map(({ fill, ms }) => [fill, ms])).toEqual([
      ["pod", 10_000],
      ["executing", 50_000],
    ]);
    expect(prepareStages(bar, Date.parse("2026-03-01T12:01:00Z"), "2026-03-01T12:00:30Z").at(-1)?.ms).toBe(20_000);
  });
  it("never gives a negative length when clocks disagree", () => {
    expect(prepareStages(bar, Date.parse("2026-03-01T12:00:05Z"), null).at(-1)?.ms).toBe(0);
  });
});
