import { expect, it } from "vitest";
import { splitJson } from "./split-json.ts";

it("takes lines, indented documents, brackets in strings, and leaves a cut end out", () => {
  const documents = [{ a: '}{"\\' }, { b: [1, { c: "]" }] }, []];
  expect(splitJson(documents.map((one) => JSON.stringify(one)).join("\n")).map((one) => JSON.parse(one) as unknown)).toEqual(documents);
  expect(splitJson(documents.map((one) => JSON.stringify(one, null, 2)).join("")).length).toBe(3);
  expect(splitJson('{"a":1}\n{"b":')).toEqual(['{"a":1}']);
  expect(splitJson("")).toEqual([]);
  expect(() => splitJson('{"a":1} error: connection lost')).toThrow(/no JSON at character 8/);
});
