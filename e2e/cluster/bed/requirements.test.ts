import { expect, test } from "vitest";
import { type Machine, missingRequirement } from "./requirements.ts";

const good: Machine = { platform: "linux", root: true, apt: true, go: "go version go1.26.5 linux/amd64" };

test("a machine that has all is told nothing", () => {
  expect(missingRequirement(good)).toBeNull();
  expect(missingRequirement({ ...good, go: "go version go1.21 linux/amd64" })).toBeNull();
});

test.each<[string, Partial<Machine>, RegExp]>([
  ["another system", { platform: "darwin" }, /needs Linux/],
  ["no root", { root: false }, /needs root/],
  ["no apt", { apt: false }, /apt-get/],
  ["no Go", { go: null }, /needs Go on the PATH/],
  ["an old Go", { go: "go version go1.19.8 linux/amd64" }, /Go 1\.21 or newer.*go1\.19/],
])("%s is said in one sentence", (_, part, sentence) => {
  const said = missingRequirement({ ...good, ...part });
  expect(said).toMatch(sentence);
  expect(said).toMatch(/^[A-Z][^\n]*\.$/);
});
