import { expect, test } from "vitest";
import { parseQuery, resolve } from "./graphql-query.ts";
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

test("GraphQL: aliases, arguments, variables, lists", () => {
  const fields = parseQuery('query q($s: [S!]) { mine: jobs(statuses: $s, first: 2, tags: ["a", "b"]) { nodes { id } } }', {
    s: ["RUNNING"],
  });
  expect(fields).toEqual([
    {
      key: "mine",
      name: "jobs",
      args: { statuses: ["RUNNING"], first: 2, tags: ["a", "b"] },
      fields: [{ key: "nodes", name: "nodes", args: {}, fields: [{ key: "id", name: "id", args: {}, fields: [] }] }],
    },
  ]);
  expect(resolve({ jobs: ({ first }: Record<string, unknown>) => ({ nodes: [{ id: first, secret: 1 }] }) }, fields)).toEqual({
    mine: { nodes: [{ id: 2 }] },
  });
});

test.each(["", "{", "{ a(", "{ a(b: [", "query q(", "{ ...f }", "{ a { b }"])("GraphQL: %j is an error and ends", (text) => {
  expect(() => parseQuery(text, {})).toThrow(/Parse error/);
});
