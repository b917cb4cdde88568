import { describe, expect, it } from "vitest";
import { LogText } from "./log-text.ts";

const E = "\u001b";
const read = (text: string, { from = "gitlab" as "gitlab" | "kubelet", chunk = 7, maxPackedBytes = 1e9 } = {}) => {
  const log = new LogText({ from, maxPackedBytes });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunk) log.append(bytes.subarray(at, at + chunk));
  return log;
};
const textOf = (log: LogText, from = 1, count = 500) =>
  log.window(from, count).lines.map((line) => line.spans.map((span) => span.text).join(""));

/** As runner 19.4 wrote it (FF_TIMESTAMPS). */
const STAMPED = [
  `2026-08-22T10:00:00.123456Z 00O ${E}[0KRunning with gitlab-runner 19.4.0${E}[0;m`,
  `2026-08-22T10:00:00.200000Z 00O section_start:1787392800:prepare_executor\r${E}[0K`,
  `2026-08-22T10:00:00.200001Z 00O+${E}[0K${E}[36;1mPreparing the "kubernetes" executor${E}[0;m`,
  `2026-08-22T10:00:01.000000Z 00O Using Kubernetes namespace: ci`,
  `2026-08-22T10:00:02.500000Z 00O section_end:1787392802:prepare_executor\r${E}[0K`,
  `2026-08-22T10:00:02.500000Z 00O+section_start:1787392802:get_sources\r${E}[0K`,
  `2026-08-22T10:00:02.500000Z 00O+${E}[0K${E}[36;1mGetting source${E}[0;m`,
  `2026-08-22T10:00:03.000000Z 01E fatal: not a repository`,
  "",
].join("\n");

describe("LogText", () => {
  it("reads stamps, streams and sections of a runner with time stamps, whatever the chunks", () => {
    for (const chunk of [1, 7, 10_000]) {
      const log = read(STAMPED, { chunk });
      expect(textOf(log)).toEqual([
        "Running with gitlab-runner 19.4.0",
        'Preparing the "kubernetes" executor',
        "Using Kubernetes namespace: ci",
        "Getting source",
        "fatal: not a repository",
      ]);
      expect(log.window(5, 1).lines[0]).toMatchObject({ number: 5, at: "2026-08-22T10:00:03.000Z", stream: "job", error: true });
      log.end();
      expect(log.sections).toMatchObject([
        {
          name: "prepare_executor",
          header: 'Preparing the "kubernetes" executor',
          from: 2,
          to: 3,
          startMs: Date.parse("2026-08-22T10:00:00.200Z"),
          endMs: Date.parse("2026-08-22T10:00:02.500Z"),
        },
        { name: "get_sources", header: "Getting source", from: 4, to: null, endMs: null },
      ]);
    }
  });

  it("reads sections of older runners, nested ones of the job's own, and one that never ends", () => {
    const log = read(
      `section_start:10:step_script\r${E}[0K${E}[0K${E}[36;1mExecuting${E}[0;m\none\n` +
        `section_start:12:mine[collapsed=true]\r${E}[0KMy tests\ninside\nsection_end:15:mine\r${E}[0Kafter\n` +
        `section_end:20:step_script\r${E}[0Ksection_start:20:cleanup\r${E}[0KCleaning\nlast\n`,
    );
    log.end();
    expect(textOf(log)).toEqual(["Executing", "one", "My tests", "inside", "after", "Cleaning", "last"]);
    expect(log.sections).toMatchObject([
      { header: "Executing", from: 1, to: 5, depth: 0, startMs: 10_000, endMs: 20_000 },
      { header: "My tests", from: 3, to: 4, depth: 1, collapsed: true },
      { header: "Cleaning", from: 6, to: null },
    ]);
  });

  it("takes the lines of a stage's script in a container's log as its section, with the kubelet's times", () => {
    const log = read(
      [
        '2026-03-01T12:00:01.250000000Z {"script": "/scripts-7-4711/get_sources"}',
        "2026-03-01T12:00:01.500000000Z Fetching changes",
        '2026-03-01T12:00:04.750000000Z {"command_exit_code": 0, "script": "/scripts-7-4711/get_sources"}',
        "",
      ].join("\n"),
      { from: "kubelet" },
    );
    log.end();
    expect(textOf(log)).toEqual(["Fetching changes"]);
    expect(log.sections).toMatchObject([
      { name: "get_sources", startMs: Date.parse("2026-03-01T12:00:01.250Z"), endMs: Date.parse("2026-03-01T12:00:04.750Z") },
    ]);
  });

  it("shows the last state of a progress bar, and carries a colour over lines", () => {
    const log = read(`10%\r20%\r${E}[0K30%\n${E}[31mred\nstill red${E}[0m\nplain\n`);
    log.end();
    expect(log.window(1, 1).lines[0]).toMatchObject({ overwritten: 2, spans: [{ text: "30%" }] });
    expect(log.window(3, 2).lines.map((line) => line.spans[0]?.color)).toEqual([1, undefined]);
  });

  it("shows the line that is still being written, cuts very long ones, and a character may lie across chunks", async () => {
    const log = read("日本\nhalf", { chunk: 1 });
    expect(textOf(log)).toEqual(["日本", "half"]);
    const long = read(`${"x".repeat(5_000)}\n`);
    long.end();
    expect(long.window(1, 1).lines[0]?.cut).toBe(1_000);
    const huge = read("y".repeat(200_000), { chunk: 65_536 });
    huge.end();
    expect(huge.size).toBe(4);
  });

  it("searches without regard to case and escapes", async () => {
    const log = read(`a ${E}[31mNee${E}[0mdle\nhay\nNEEDLE again\n`);
    log.end();
    expect(await log.search("needle", new AbortController().signal)).toEqual({ query: "needle", total: 2, lines: [1, 3] });
  });

  it("stays within its bound: the beginning goes first, numbers stay", async () => {
    const log = new LogText({ from: "gitlab", maxPackedBytes: 200_000 });
    let seed = 1;
    for (let line = 1; line <= 60_000; line++) {
      seed = (seed * 48_271) % 2_147_483_647;
      log.append(Buffer.from(`line ${line} ${seed.toString(36)}${(seed * 7).toString(36)}\n`));
    }
    log.end();
    expect(log.size).toBe(60_000);
    expect(log.first).toBeGreaterThan(1);
    expect(log.packedBytes).toBeLessThan(1_000_000);
    expect(textOf(log, 60_000, 1)[0]).toMatch(/^line 60000 /);
    expect(textOf(log, log.first, 1)[0]).toMatch(new RegExp(`^line ${log.first} `));
    expect(log.window(1, 10).lines).toEqual([]);
  });
});
