import { expect, test } from "vitest";
import { readAnswer, readProblem } from "./read-answer.ts";

const answer = { items: [], cursor: null, kept: { jobs: 0 }, writing: { error: null } };

test("a page of the history is read, and nothing else is taken for one", () => {
  expect(readAnswer(answer)).toBe(answer);
  for (const other of [
    null,
    "<html>",
    [],
    { ...answer, items: null },
    { ...answer, cursor: 4 },
    { ...answer, kept: null },
    { ...answer, writing: 1 },
  ]) {
    expect(() => readAnswer(other)).toThrow("not a page of the history");
  }
});

test("of a problem what is text is shown, the rest is not known", () => {
  expect(readProblem({ detail: "d", remedy: "r" })).toEqual({ detail: "d", remedy: "r" });
  expect(readProblem({ detail: 7 })).toEqual({ detail: null, remedy: null });
  expect(readProblem(null)).toEqual({ detail: null, remedy: null });
});
