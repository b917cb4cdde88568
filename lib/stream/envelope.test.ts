import { describe, expect, test } from "vitest";
import { checkFrame, readFrame } from "./envelope.ts";

const head = { epoch: "e", at: "2026-11-25T00:00:00Z" };
const frames = {
  snapshot: { type: "snapshot", ...head, topic: "fleet", revision: 3, entities: { jobs: [{ key: "a" }] }, sources: [] },
  patch: { type: "patch", ...head, from: 3, revision: 4, upsert: { jobs: [] }, remove: { jobs: ["a"] } },
  source: { type: "source", ...head, sources: [] },
  ping: { type: "ping", ...head, revision: 4 },
};

describe("envelope", () => {
  test.each(Object.entries(frames))("%s is a frame, and none with any of its fields gone or of another kind", (_, frame) => {
    expect(checkFrame(frame)).toBe(frame);
    expect(readFrame(JSON.stringify(frame))).toEqual(frame);
    for (const name of Object.keys(frame)) {
      const { [name as keyof typeof frame]: gone, ...rest } = frame;
      expect(gone).toBeDefined();
      expect(checkFrame(rest)).toBeNull();
      expect(checkFrame({ ...frame, [name]: null })).toBeNull();
      expect(checkFrame({ ...frame, [name]: { jobs: { a: 1 } } })).toBeNull();
    }
  });

  test.each(["", "null", "[]", "7", '"ping"', "{", '{"type":"toString","epoch":"e","at":"a"}'])("%s is none", (text) => {
    expect(readFrame(text)).toBeNull();
  });

  test.each([1.5, Number.NaN, "4", -Infinity])("revision %s is none", (revision) => {
    expect(checkFrame({ ...frames.ping, revision })).toBeNull();
  });
});
