import type { Labels, PrometheusHistory, Series } from "./prometheus-history.ts";
import type { Expression } from "./promql-parse.ts";

export interface Point {
  labels: Labels;
  value: number;
}

export type Result = { kind: "scalar"; value: number } | { kind: "vector"; points: Point[] };

/** How old a sample may be for an instant query (`--query.lookback-delta`). */
const LOOKBACK_MS = 300_000;

const byName = (a: [string, string], b: [string, string]) => (a[0] < b[0] ? -1 : 1);
const nameless = ({ __name__: _name, ...labels }: Labels): Labels => labels;
const vector = (points: Point[]): Result => ({ kind: "vector", points });

/** The value of an expression at a time, ms. Throws for what is not supported. */
export function evaluate(expression: Expression, at: number, history: PrometheusHistory): Result {
  switch (expression.kind) {
    case "number":
      return { kind: "scalar", value: expression.value };
    case "selector":
      if (expression.rangeMs !== null) throw new Error("a range vector needs a function");
      return vector(history.select(expression.matchers).flatMap((series) => instant(series, at)));
    case "call":
      return call(expression.name, expression.args, at, history);
    case "aggregate":
      return aggregate(expression, at, history);
    case "binary":
      return binary(expression, evaluate(expression.left, at, history), evaluate(expression.right, at, history));
  }
}

function instant({ labels, times, values }: Series, at: number): Point[] {
  const index = times.findLastIndex((time) => time <= at);
  const value = values[index];
  return value === undefined || (times[index] ?? 0) < at - LOOKBACK_MS ? [] : [{ labels, value }];
}

const OVER_TIME: Readonly<Record<string, (values: number[], seconds: number) => number | null>> = {
  max_over_time: (values) => Math.max(...values),
  min_over_time: (values) => Math.min(...values),
  avg_over_time: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  sum_over_time: (values) => values.reduce((sum, value) => sum + value, 0),
  count_over_time: (values) => values.length,
  last_over_time: (values) => values.at(-1) ?? null,
  increase: (values) => rise(values),
  rate: (values, seconds) => {
    const total = rise(values);
    return total === null || seconds <= 0 ? null : total / seconds;
  },
};

/** The rise of a counter, with resets; null with fewer than two samples. Not stretched to the window's edges. */
function rise(values: number[]): number | null {
  if (values.length < 2) return null;
  return values.slice(1).reduce((sum, value, index) => sum + (value >= (values[index] ?? 0) ? value - (values[index] ?? 0) : value), 0);
}

const SCALAR: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  round: Math.round,
};

function call(name: string, args: Expression[], at: number, history: PrometheusHistory): Result {
  const [first] = args;
  const overTime = OVER_TIME[name === "irate" ? "rate" : name];
  if (overTime) {
    if (first?.kind !== "selector" || first.rangeMs === null) throw new Error(`${name} needs a range vector`);
    const from = at - first.rangeMs;
    return vector(
      history.select(first.matchers).flatMap((series) => {
        const inside = series.times.flatMap((time, index) => (time > from && time <= at ? [index] : []));
        const values = inside.map((index) => series.values[index] ?? 0);
        const seconds = ((series.times[inside.at(-1) ?? 0] ?? 0) - (series.times[inside[0] ?? 0] ?? 0)) / 1000;
        const value = values.length === 0 ? null : overTime(values, seconds);
        return value === null ? [] : [{ labels: nameless(series.labels), value }];
      }),
    );
  }
  if (name === "time") return { kind: "scalar", value: at / 1000 };
  const scalar = SCALAR[name];
  if (!scalar || !first) throw new Error(`unknown function with name "${name}"`);
  const inner = evaluate(first, at, history);
  return inner.kind === "scalar"
    ? { kind: "scalar", value: scalar(inner.value) }
    : vector(inner.points.map(({ labels, value }) => ({ labels: nameless(labels), value: scalar(value) })));
}

function aggregate(
  { name, by, without, argument, parameter }: Extract<Expression, { kind: "aggregate" }>,
  at: number,
  history: PrometheusHistory,
): Result {
  const inner = evaluate(argument, at, history);
  if (inner.kind === "scalar") throw new Error(`${name} needs a vector`);
  const keyOf = (labels: Labels): Labels => {
    const own = nameless(labels);
    if (by) return Object.fromEntries(by.flatMap((label) => (own[label] ? [[label, own[label]]] : [])));
    return without ? Object.fromEntries(Object.entries(own).filter(([label]) => !without.includes(label))) : {};
  };
  const groups = Map.groupBy(inner.points, ({ labels }) => JSON.stringify(Object.entries(keyOf(labels)).toSorted(byName)));
  const limit = parameter?.kind === "number" ? parameter.value : 1;
  if (name === "topk" || name === "bottomk") {
    const sign = name === "topk" ? -1 : 1;
    return vector([...groups.values()].flatMap((points) => points.toSorted((a, b) => sign * (a.value - b.value)).slice(0, limit)));
  }
  return vector(
    [...groups.values()].map((points) => ({
      labels: keyOf(points[0]?.labels ?? {}),
      value: combine(
        name,
        points.map((point) => point.value),
        limit,
      ),
    })),
  );
}

function combine(name: string, values: number[], parameter: number): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (name === "sum") return sum;
  if (name === "count") return values.length;
  if (name === "avg") return sum / values.length;
  if (name === "max") return Math.max(...values);
  if (name === "min") return Math.min(...values);
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.min(1, Math.max(0, parameter)) * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? 0;
  return low + ((sorted[Math.ceil(rank)] ?? low) - low) * (rank % 1);
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};
const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
};

function binary({ op, on }: Extract<Expression, { kind: "binary" }>, left: Result, right: Result): Result {
  if (left.kind === "scalar" && right.kind === "scalar")
    return { kind: "scalar", value: ARITHMETIC[op]?.(left.value, right.value) ?? Number(COMPARE[op]?.(left.value, right.value) ?? false) };
  if (left.kind === "scalar")
    return right.kind === "vector" ? vector(right.points.flatMap((point) => apply(op, point, left.value, point.value))) : left;
  if (right.kind === "scalar") return vector(left.points.flatMap((point) => apply(op, point, point.value, right.value)));
  const keyOf = (labels: Labels) =>
    JSON.stringify(
      Object.entries(nameless(labels))
        .filter(([label]) => on === null || on.includes(label))
        .toSorted(byName),
    );
  const others = new Map(right.points.map((point) => [keyOf(point.labels), point]));
  if (op === "or")
    return vector([
      ...left.points,
      ...right.points.filter((point) => !left.points.some((own) => keyOf(own.labels) === keyOf(point.labels))),
    ]);
  if (op === "and" || op === "unless") return vector(left.points.filter((point) => others.has(keyOf(point.labels)) === (op === "and")));
  return vector(
    left.points.flatMap((point) => {
      const other = others.get(keyOf(point.labels));
      return other ? apply(op, point, point.value, other.value) : [];
    }),
  );
}

/** Arithmetic gives a nameless point; a comparison keeps the point or drops it. */
function apply(op: string, point: Point, left: number, right: number): Point[] {
  const compare = COMPARE[op];
  if (compare) return compare(left, right) ? [point] : [];
  return [{ labels: nameless(point.labels), value: ARITHMETIC[op]?.(left, right) ?? Number.NaN }];
}
