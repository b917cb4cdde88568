import type { Fleet } from "../model/fleet.ts";
import { goFloat } from "./exposition.ts";
import type { Labels, PrometheusHistory } from "./prometheus-history.ts";
import { evaluate, type Result } from "./promql-evaluate.ts";
import { parseDuration, parsePromql, type Matcher } from "./promql-parse.ts";
import { SimulatedServer, type Answer } from "./simulated-server.ts";

const json = (body: unknown, status = 200): Answer => ({ status, type: "application/json", body: JSON.stringify(body) });
const success = (data: unknown): Answer => json({ status: "success", data });

/** A query may not ask for more points than this (Prometheus: 11,000). */
const MAX_POINTS = 11_000;

/** Prometheus's HTTP API (v1) over the model's own past. */
export class PrometheusServer {
  readonly history: PrometheusHistory;
  readonly server: SimulatedServer;

  private constructor(history: PrometheusHistory, server: SimulatedServer) {
    this.history = history;
    this.server = server;
  }

  static async open(fleet: Fleet, history: PrometheusHistory): Promise<PrometheusServer> {
    const server = await SimulatedServer.open({
      name: "prometheus api",
      answer: (request, url, body) =>
        answer(history, url.pathname, new URLSearchParams(request.method === "POST" ? body : url.search), fleet.timeline.now),
    });
    return new PrometheusServer(history, server);
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

/** Answers one API call; errors in the query are 400 with `bad_data`, as in Prometheus. */
export function answer(history: PrometheusHistory, path: string, query: URLSearchParams, now: number): Answer {
  try {
    if (path === "/api/v1/query") return instantQuery(history, query, now);
    if (path === "/api/v1/query_range") return rangeQuery(history, query);
    const label = /^\/api\/v1\/label\/(\w+)\/values$/.exec(path)?.[1];
    const matched = matchedLabels(history, query.getAll("match[]"));
    if (path === "/api/v1/series") return success(matched);
    if (path === "/api/v1/labels") return success([...new Set(matched.flatMap((labels) => Object.keys(labels)))].toSorted());
    if (label) return success([...new Set(matched.flatMap((labels) => labels[label] ?? []))].toSorted());
    if (path === "/-/ready" || path === "/-/healthy") return { body: "Prometheus Server is Ready.\n" };
    if (path === "/api/v1/status/buildinfo")
      return success({ version: "3.7.3", revision: "simulated", branch: "HEAD", goVersion: "go1.25.3" });
    return { status: 404, body: "404 page not found\n" };
  } catch (error) {
    return json({ status: "error", errorType: "bad_data", error: error instanceof Error ? error.message : String(error) }, 400);
  }
}

function matchedLabels(history: PrometheusHistory, selectors: string[]): Labels[] {
  if (selectors.length === 0) return history.select([]).map(({ labels }) => labels);
  return selectors.flatMap((selector) => {
    const expression = parsePromql(selector);
    if (expression.kind !== "selector") throw new Error("match[] must be a selector");
    return history.select(expression.matchers).map(({ labels }) => labels);
  });
}

/** Unix seconds or RFC 3339 to ms. */
function timeOf(text: string | null, fallback: number): number {
  if (text === null) return fallback;
  const value = /^[\d.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (!Number.isFinite(value)) throw new Error(`cannot parse "${text}" to a valid timestamp`);
  return value;
}

function instantQuery(history: PrometheusHistory, query: URLSearchParams, now: number): Answer {
  const at = timeOf(query.get("time"), now);
  const expression = parsePromql(query.get("query") ?? "");
  if (expression.kind === "selector" && expression.rangeMs !== null)
    return samples(history, expression.matchers, at - expression.rangeMs, at);
  const result = evaluate(expression, at, history);
  if (result.kind === "scalar") return success({ resultType: "scalar", result: [at / 1000, goFloat(result.value)] });
  return success({
    resultType: "vector",
    result: result.points.map(({ labels, value }) => ({ metric: labels, value: [at / 1000, goFloat(value)] })),
  });
}

/** A range vector by itself: each sample with its own time. */
function samples(history: PrometheusHistory, matchers: readonly Matcher[], from: number, to: number): Answer {
  const result = history.select(matchers).flatMap(({ labels, times, values }) => {
    const inside = times.flatMap((time, index): [number, string][] =>
      time > from && time <= to ? [[time / 1000, goFloat(values[index] ?? 0)]] : [],
    );
    return inside.length === 0 ? [] : [{ metric: labels, values: inside }];
  });
  return success({ resultType: "matrix", result });
}

function rangeQuery(history: PrometheusHistory, query: URLSearchParams): Answer {
  const start = timeOf(query.get("start"), Number.NaN);
  const end = timeOf(query.get("end"), Number.NaN);
  const step = query.get("step") ?? "";
  const stepMs = /^[\d.]+$/.test(step) ? Number(step) * 1000 : parseDuration(step);
  if (!(stepMs > 0) || !(end >= start)) throw new Error("invalid parameter: start, end and step must make a range");
  if ((end - start) / stepMs > MAX_POINTS)
    throw new Error("exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)");
  const expression = parsePromql(query.get("query") ?? "");
  const rows = new Map<string, { metric: Labels; values: [number, string][] }>();
  for (let at = start; at <= end; at += stepMs) {
    for (const { labels, value } of pointsOf(evaluate(expression, at, history))) {
      const key = JSON.stringify(Object.entries(labels));
      const row = rows.get(key) ?? { metric: labels, values: [] };
      row.values.push([at / 1000, goFloat(value)]);
      rows.set(key, row);
    }
  }
  return success({ resultType: "matrix", result: [...rows.values()] });
}

function pointsOf(result: Result): { labels: Labels; value: number }[] {
  return result.kind === "scalar" ? [{ labels: {}, value: result.value }] : result.points;
}
