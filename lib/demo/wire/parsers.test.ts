import { expect, test } from "vitest";
import { parseDuration, parsePromql } from "./promql-parse.ts";

test("PromQL: selectors, ranges, aggregations, precedence", () => {
  expect(parsePromql('rate(a{b="c",d=~"e|f"}[5m])')).toEqual({
    kind: "call",
    name: "rate",
    args: [
      {
        kind: "selector",
        rangeMs: 300_000,
        matchers: [
          { name: "__name__", op: "=", value: "a" },
          { name: "b", op: "=", value: "c" },
          { name: "d", op: "=~", value: "e|f" },
        ],
      },
    ],
  });
  expect(parsePromql("1 + 2 * 3")).toMatchObject({ op: "+", right: { op: "*" } });
  expect(parsePromql("sum by (x, y) (a) / on (x) b")).toMatchObject({ op: "/", on: ["x"], left: { kind: "aggregate", by: ["x", "y"] } });
  expect(parseDuration("1h30m")).toBe(5_400_000);
});

test.each(["", "sum(", "a{", 'a{b="c"', "rate(a[5m]", "a b", "sum by (x", "1 +", "#"])("PromQL: %j is an error and ends", (text) => {
  expect(() => parsePromql(text)).toThrow(/parse error/);
});
