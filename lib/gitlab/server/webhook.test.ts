import { describe, expect, it } from "vitest";
import { receiveHook } from "./webhook.ts";

const NOW = Date.parse("2026-11-25T00:00:00.000Z");
const SECRET = "a webhook's secret";

async function* chunks(...texts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(typeof text === "string" ? Buffer.from(text) : text);
}

const JOB = JSON.stringify({ object_kind: "build", build_id: 7, build_status: "pending", project_id: 1, build_name: "é" });

describe("a webhook", () => {
  it("with the right token is read, also when its bytes come cut", async () => {
    const bytes = Buffer.from(JOB);
    const cut = bytes.indexOf(0xc3) + 1;
    const result = await receiveHook({ token: SECRET, body: chunks(bytes.subarray(0, cut), bytes.subarray(cut)) }, SECRET, NOW);
    expect(result).toMatchObject({ status: 200, jobs: [{ id: "7", name: "é", status: "pending", readFrom: "webhook" }] });
  });

  it.each([[null], [""], ["wrong"], [`${SECRET} `], [SECRET.slice(0, -1)]])(
    "with the token %j is refused, and its body not looked at",
    async (token) => {
      let read = 0;
      const body = (async function* () {
        read += 1;
        yield* chunks(JOB);
      })();
      expect(await receiveHook({ token, body }, SECRET, NOW)).toEqual({ status: 401 });
      expect(read).toBe(0);
    },
  );

  it("is never right without a secret", async () => {
    expect(await receiveHook({ token: "", body: chunks(JOB) }, "", NOW)).toEqual({ status: 401 });
    expect(await receiveHook({ token: null, body: chunks(JOB) }, "", NOW)).toEqual({ status: 401 });
  });

  it("of another kind is taken without jobs; what is no JSON, or too large, is not", async () => {
    expect(await receiveHook({ token: SECRET, body: chunks('{"object_kind":"push"}') }, SECRET, NOW)).toEqual({ status: 200, jobs: [] });
    expect(await receiveHook({ token: SECRET, body: chunks("{") }, SECRET, NOW)).toEqual({ status: 400 });
    const large = Array.from({ length: 10 }, () => "x".repeat(1024 * 1024));
    expect(await receiveHook({ token: SECRET, body: chunks(...large) }, SECRET, NOW)).toEqual({ status: 413 });
  });
});
