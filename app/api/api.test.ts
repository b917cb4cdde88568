import { describe, expect, it } from "vitest";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import type { Job, JobRow } from "@/lib/fleet/schema.ts";
import { HistoryError } from "@/lib/runtime/history-keeper.ts";
import { answer } from "./answer.ts";
import { checkOrigin } from "./check-origin.ts";
import { describeApi } from "./describe-api.ts";
import { findJobs } from "./find-jobs.ts";
import { notInThisVersion } from "./problem.ts";
import { readQuery } from "./read-query.ts";
import { historyQuerySchema, jobsQuerySchema, problemDetailsSchema } from "./schema.ts";

function job(uid: string, seconds: number, change: Partial<Job> = {}): Job {
  const row = buildJobRow({ uid, createdAt: new Date(Date.UTC(2026, 2, 1, 12, 0, seconds)).toISOString() });
  return { ...row, key: `test/${uid}`, lastSeen: row.createdAt, ...change } as unknown as Job;
}

const jobs = (list: Job[]) => new Map(list.map((one) => [one.key, one]));

async function refused(url: string) {
  const response = await answer(() => {
    readQuery(url, jobsQuerySchema);
    return new Response("ok");
  });
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const details = problemDetailsSchema.parse(await response.json());
  expect(details.status).toBe(response.status);
  return details;
}

/** The built jobs are rows with what else is asked for. */
const fleetOf = (list: ReadonlyMap<string, Job>) => ({ jobs: list, rows: list as unknown as ReadonlyMap<string, JobRow> });

describe("query", () => {
  it("names the parameter that is wrong, as RFC 9457 problem details", async () => {
    const at = "http://localhost/api/v1/jobs";
    expect(await refused(`${at}?limit=501`)).toMatchObject({ status: 400, field: "limit", remedy: expect.stringContaining("500") });
    expect(await refused(`${at}?limit=0`)).toMatchObject({ field: "limit" });
    expect(await refused(`${at}?state=dead`)).toMatchObject({ field: "state" });
    expect(await refused(`${at}?verdict=running,nonsense`)).toMatchObject({
      field: "verdict",
      detail: expect.stringContaining("nonsense"),
    });
    expect(await refused(`${at}?since=yesterday`)).toMatchObject({ field: "since" });
    expect(await refused(`${at}?colour=red`)).toMatchObject({ field: "colour", type: expect.stringContaining("unknown-parameter") });
    expect(await refused(`${at}?q=a&q=b`)).toMatchObject({ field: "q" });
  });

  it("refuses a cursor that is none", async () => {
    const response = await answer(() => Response.json(findJobs({ jobs: new Map(), rows: new Map() }, { cursor: "bm90anNvbg" })));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field: "cursor" });
  });

  it("refuses what a database would choke on, and a cursor of the history that is none: it would begin at the first page again, for ever", async () => {
    expect(await refused("http://localhost/api/v1/jobs?q=a%00b")).toMatchObject({ status: 400, field: "q" });
    const history = (cursor: string) =>
      answer(() => Response.json(readQuery(`http://localhost/api/v1/history?cursor=${cursor}`, historyQuerySchema)));
    for (const text of ["nonsense", "1 a\0b", "99999999999999999 x"]) {
      const response = await history(Buffer.from(text).toString("base64url"));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ field: "cursor" });
    }
    expect((await history(Buffer.from("1772323200000 0000-1").toString("base64url"))).status).toBe(200);
  });

  it("says that the history does not answer, instead of an empty 500", async () => {
    const response = await answer(() => Promise.reject(new HistoryError("The history's database does not answer: ECONNREFUSED")));
    expect(response.status).toBe(503);
    expect(problemDetailsSchema.parse(await response.json()).detail).toContain("ECONNREFUSED");
  });

  it("lets a failure of our own be one", async () => {
    await expect(answer(() => Promise.reject(new TypeError("bug")))).rejects.toThrow("bug");
  });
});

describe("pages of jobs", () => {
  it("hold every job once, though others come and go between two pages", () => {
    const all = Array.from({ length: 57 }, (_, i) => job(`u${String(i).padStart(2, "0")}`, Math.floor(i / 4)));
    let map = jobs(all);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 20; page++) {
      const { items, nextCursor } = findJobs(fleetOf(map), { limit: 7, cursor });
      seen.push(...items.map((one) => one.uid));
      if (nextCursor === null) break;
      cursor = nextCursor;
      const withoutLast = [...map.values()].filter((one) => one.uid !== items.at(-1)?.uid);
      map = jobs([job(`new${page}`, 900 + page), ...withoutLast]);
    }
    expect(seen.filter((uid) => uid.startsWith("u"))).toHaveLength(57);
    expect(new Set(seen).size).toBe(57);
  });

  it("are narrowed by every filter", () => {
    const live = job("a", 1, { node: "n1" });
    const gone = job("b", 2, { ending: "watched", verdict: { ...live.verdict, kind: "oom-killed" } });
    const map = jobs([live, gone]);
    const uids = (query: Parameters<typeof findJobs>[1]) => findJobs(fleetOf(map), query).items.map((one) => one.uid);
    expect(uids({})).toEqual(["b", "a"]);
    expect(uids({ state: "live" })).toEqual(["a"]);
    expect(uids({ state: "finished" })).toEqual(["b"]);
    expect(uids({ verdict: ["oom-killed", "evicted"] })).toEqual(["b"]);
    expect(uids({ node: "n1" })).toEqual(["a"]);
    expect(uids({ project: "payments/api" })).toEqual(["b", "a"]);
    expect(uids({ project: "payments" })).toEqual([]);
    expect(uids({ manager: "m" })).toEqual([]);
    expect(uids({ q: "UNIT" })).toEqual(["b", "a"]);
    expect(uids({ q: "helper:v18" })).toEqual(["b", "a"]);
    expect(uids({ since: "2026-03-01T12:00:02Z" })).toEqual(["b"]);
    expect(uids({ since: "2026-03-01T13:00:02+01:00" })).toEqual(["b"]);
  });
});

describe("who may ask", () => {
  const check = (host: string, rules = { listensOn: "127.0.0.1", allowedHosts: [] as string[] }, more: Record<string, string> = {}) =>
    checkOrigin(new Headers({ host, ...more }), "/api/v1/jobs", rules)?.status ?? 200;

  it("a name that is not ours is refused, and the refusal names the setting", () => {
    expect(check("localhost:3000")).toBe(200);
    expect(check("evil.example:3000")).toBe(421);
    const open = { listensOn: "0.0.0.0", allowedHosts: ["ci.example.com"] };
    expect([check("ci.example.com", open), check("evil.example", open)]).toEqual([200, 421]);
    const problem = checkOrigin(new Headers({ host: "evil.example" }), "/jobs", { listensOn: "0.0.0.0", allowedHosts: [] });
    expect(problem?.remedy).toContain("RUNNERSCOPE_ALLOWED_HOSTS");
    expect(JSON.stringify(problem)).not.toContain("evil.example");
  });

  it("another site's page may not read the API, a link may open it", () => {
    expect(check("localhost", undefined, { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" })).toBe(403);
    expect(check("localhost", undefined, { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" })).toBe(200);
    expect(check("localhost", undefined, { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" })).toBe(200);
  });
});

describe("the description", () => {
  it("is OpenAPI 3.1 with every path, made from the schemas", () => {
    const api = JSON.parse(JSON.stringify(describeApi())) as {
      openapi: string;
      paths: Record<string, { get: { parameters: { name: string }[]; responses: Record<string, unknown> } }>;
    };
    expect(api.openapi).toBe("3.1.0");
    expect(Object.keys(api.paths)).toEqual(
      expect.arrayContaining(["/fleet", "/jobs", "/jobs/{cluster}/{uid}", "/jobs/by-gitlab/{id}", "/stream", "/sources"]),
    );
    expect(api.paths["/jobs"]?.get.parameters.map((one) => one.name)).toEqual(Object.keys(jobsQuerySchema.shape));
    expect(JSON.stringify(api.paths["/jobs"])).toContain("nextCursor");
    expect(api.paths["/capacity"]?.get.responses).toHaveProperty("501");
  });

  it("parts of later versions say which part is missing", async () => {
    const response = notInThisVersion("Capacity", "the collection of container metrics");
    expect(response.status).toBe(501);
    expect(problemDetailsSchema.parse(await response.json())).toMatchObject({
      type: expect.stringContaining("not-in-this-version"),
      detail: expect.stringContaining("Capacity"),
    });
  });
});
