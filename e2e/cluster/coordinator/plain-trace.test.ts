import { expect, test } from "vitest";
import { plainTrace } from "./plain-trace.ts";

test("time stamps, section markers and colours go; continued lines are joined", () => {
  const trace = [
    "2026-11-24T04:20:51.795000Z 00O \u001B[0KRunning with gitlab-runner",
    "2026-11-24T04:20:51.796000Z 00O section_start:1795494051:get_sources\r\u001B[0K\u001B[36;1mGetting source\u001B[0;m",
    "2026-11-24T04:20:51.797000Z 01O $ echo one",
    "2026-11-24T04:20:51.798000Z 01E+ two",
    "",
  ].join("\n");
  expect(plainTrace(trace)).toBe("Running with gitlab-runner\nGetting source\n$ echo one two\n");
});
