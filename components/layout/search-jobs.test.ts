import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { readPasted, searchJobs } from "./search-jobs.ts";

const UID = "11111111-2222-4333-8444-555555555555";

describe("readPasted", () => {
  it.each([
    ["4711", "/j/4711"],
    [" #4711 ", "/j/4711"],
    ["https://gitlab.example/payments/api/-/jobs/4711", "/j/4711"],
    ["https://gitlab.example:8443/a/b/c/-/jobs/4711#L120", "/j/4711"],
    ["gitlab.example/a/b/-/jobs/4711/", "/j/4711"],
    [`prod/${UID}`, `/jobs/prod/${UID}`],
    [`prod/${UID.toUpperCase()}`, `/jobs/prod/${UID}`],
    [`arn:aws:eks:eu-central-1:1:cluster/ci/${UID}`, `/jobs/arn%3Aaws%3Aeks%3Aeu-central-1%3A1%3Acluster%2Fci/${UID}`],
    [`/jobs/a%2Fb/${UID}`, `/jobs/a%2Fb/${UID}`],
    [`http://127.0.0.1:3000/jobs/prod/${UID}`, `/jobs/prod/${UID}`],
  ])("%s leads to %s", (text, path) => expect(readPasted(text)?.path).toBe(path));

  it.each([
    "",
    "unit-test",
    "4711abc",
    "12345678901234567890",
    UID,
    `/${UID}`,
    `https://gitlab.example/${UID}`,
    "https://gitlab.example/a/b/-/pipelines/4711",
    `/jobs/%E0%A4%A/${UID}`,
  ])("%s names no job", (text) => expect(readPasted(text)).toBeNull());
});

describe("searchJobs", () => {
  const at = "2026-03-01T12:00:00Z";
  const row = (key: string, name: string | null, change = {}) =>
    buildJobRow({
      key,
      uid: key,
      ...change,
      gitlab: { ...buildJobRow().gitlab, name: name === null ? unknown("not-set") : known(name, at, "test") },
    });
  const rows = [
    row("a", "e2e unit", { createdAt: "2026-03-01T12:00:01Z" }),
    row("b", "unit-test", { createdAt: "2026-03-01T12:00:00Z" }),
    row("c", "unit-test", { createdAt: "2026-03-01T12:00:05Z" }),
    row("d", "unit-lint", { ending: "watched", createdAt: "2026-03-01T12:00:09Z" }),
    row("e", null, { pod: "runner-unit-1" }),
  ];
  const keys = (text: string, limit = 9) => searchJobs(rows, text, limit).map(({ key }) => key);

  it("puts live jobs first, then those that begin so, then the newest", () => expect(keys("unit")).toEqual(["c", "b", "a", "e", "d"]));
  it("wants every word, in any field and letter case", () => {
    expect(keys("PAYMENTS lint")).toEqual(["d"]);
    expect(keys("main 4711 unit-test")).toEqual(["c", "b"]);
    expect(keys("runner-unit")).toEqual(["e"]);
    expect(keys("nothing")).toEqual([]);
  });
  it("finds nothing for nothing, and no more than asked", () => {
    expect(keys("  ")).toEqual([]);
    expect(keys("unit", 2)).toEqual(["c", "b"]);
  });
});
