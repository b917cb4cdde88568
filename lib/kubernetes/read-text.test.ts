import { describe, expect, it } from "vitest";
import { readImage, readText } from "./read-text.ts";

const SECRET = "hunter2SecretValue99";

describe("readText", () => {
  it("is null for what is no text", () => {
    expect([readText(undefined), readText(null), readText(7), readText({}), readText("")]).toEqual([null, null, null, null, null]);
  });
});

describe("readImage", () => {
  const digest = `sha256:${"ab12".repeat(16)}`;
  it.each([
    ["registry.example:5000/group/app:1.2", "registry.example:5000/group/app:1.2"],
    [`registry.example/app@${digest}`, `registry.example/app@${digest}`],
    [`registry.example/app:1@${digest}`, `registry.example/app:1@${digest}`],
    [`user:${SECRET}@registry.example/app:1`, "registry.example/app:1"],
    [
      `https://user:pa@${SECRET}@registry.example/app@${digest}?token=${SECRET}`,
      `registry.example/app@${digest}`.replace(`@${digest}`, `@${digest}`),
    ],
    [`registry.example/app:1?token=${SECRET}#${SECRET}`, "registry.example/app:1"],
    [`docker-pullable://registry.example/app@${digest}`, `registry.example/app@${digest}`],
    [digest, digest],
    ["", null],
    [undefined, null],
  ])("reads %j", (raw, image) => {
    expect(readImage(raw)).toBe(image);
  });
});
