import { expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { exportJobs } from "./export-jobs.ts";

const NOW = Date.parse("2026-03-01T12:15:00Z");
const job = buildJobRow();
const AGE = ["age_s", "ending", "ended_at", "ended_after", "ended_before"];
const named = (name: string) => ({ ...job, gitlab: { ...job.gitlab, name: known(name, job.createdAt, "test") } });
const cells = (csv: string) =>
  csv
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","));

it("writes the shown columns in their order, one line a job, ended by CRLF", () => {
  const csv = exportJobs([job], ["verdict", "age", "created"], NOW);
  expect(csv.endsWith("\r\n")).toBe(true);
  expect(cells(csv)).toEqual([
    ["verdict", "certainty", "verdict_container", "verdict_at", ...AGE, "created_at", "key", "as_of"],
    [
      "running",
      "confirmed",
      "",
      "unknown (not-seen)",
      "900",
      "live",
      "",
      "",
      "",
      "2026-03-01T12:00:00.000Z",
      job.key,
      "2026-03-01T12:15:00.000Z",
    ],
  ]);
});

it("gives the end of a pod that nobody saw go as two bounds, and no time of its own", () => {
  const of = (change: Partial<typeof job>) => cells(exportJobs([{ ...job, ...change }], ["age"], NOW))[1]?.slice(0, 5);
  const [at, after] = ["2026-03-01T12:05:00.000Z", "2026-03-01T12:01:00.000Z"];
  expect(of({ deletedAt: at, ending: "watched" })).toEqual(["300", "watched", at, "", ""]);
  expect(of({ deletedAt: at, deletedAfter: after, ending: "missed" })).toEqual(["300", "missed", "unknown (not-seen)", after, at]);
});

it("never writes a zero for what was not measured, nor for a limit that is not set", () => {
  const none = { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null };
  const row = {
    ...job,
    limits: none,
    use: {
      cpu: unknown("not-sampled"),
      memory: known({ container: "build", used: 0, limit: null, peak: null, at: job.createdAt }, job.createdAt, "test"),
    },
  };
  const [head, line] = cells(exportJobs([row], ["cpu", "memory"], NOW));
  const of = (name: string) => line?.[head?.indexOf(name) ?? -1];
  expect(of("cpu_limit_millicores")).toBe("none set");
  expect(of("cpu_used_millicores")).toBe("unknown (not-sampled)");
  expect(of("memory_request_bytes")).toBe(String(512 * 2 ** 20));
  expect(of("memory_used_bytes")).toBe("0");
  expect(of("memory_peak_bytes")).toBe("not measured");
  expect(of("memory_used_limit_bytes")).toBe("none set");
});

it("writes use with the container it is of, and its share of throttled periods", () => {
  const [head, line] = cells(exportJobs([job], ["cpu", "memory"], NOW));
  const of = (name: string) => line?.[head?.indexOf(name) ?? -1];
  expect([of("cpu_container"), of("cpu_used_millicores"), of("cpu_throttled_percent")]).toEqual(["build", "1200", "8"]);
  expect(of("memory_peak_bytes")).toBe(String(2 ** 30));
});

it("writes unknown with its reason", () => {
  const lost = { ...job, node: null, gitlab: { ...job.gitlab, ref: unknown("not-set") } };
  const csv = exportJobs([lost], ["job", "place"], NOW);
  expect(csv).toContain("unknown (not-set)");
  expect(csv).toContain("unknown (not-reached)");
});

it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])("disarms the formula %j", (name) => {
  expect(
    exportJobs([named(name)], ["job"], NOW)
      .split("\r\n")[1]
      ?.startsWith(`'${name}`),
  ).toBe(true);
});

it("quotes commas, quotes and line breaks (RFC 4180)", () => {
  expect(exportJobs([named('a "b", c')], ["job"], NOW)).toContain('"a ""b"", c"');
  expect(exportJobs([named("a\r\nb")], ["job"], NOW)).toContain('"a\r\nb"');
});
