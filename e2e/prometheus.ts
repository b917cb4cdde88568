import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "./product.ts";
import { shortenRules } from "./shorten-rules.ts";

const BINARY = "/usr/bin/prometheus";
const RULES = path.resolve(import.meta.dirname, "../deploy/prometheus/rules.yml");

/** Why it cannot be started here; null: it can. */
export const prometheusMissing = existsSync(BINARY) ? null : `${BINARY} is not installed (apt-get install prometheus)`;

export interface Alert {
  name: string;
  state: "pending" | "firing";
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface RunningPrometheus {
  url: string;
  /** All alerts that are pending or fire now, as `/api/v1/alerts` tells them. */
  alerts(): Promise<Alert[]>;
  stop(): Promise<void>;
}

/** Debian's Prometheus on loopback: it scrapes the product each second and evaluates its rules (see `shortenRules`). */
export async function startPrometheus(product: string): Promise<RunningPrometheus> {
  const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-prometheus-"));
  writeFileSync(path.join(folder, "rules.yml"), shortenRules(readFileSync(RULES, "utf8"), product));
  writeFileSync(
    path.join(folder, "prometheus.yml"),
    `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs:
  - job_name: runnerscope
    static_configs: [{ targets: ["${new URL(product).host}"] }]
`,
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    BINARY,
    [
      `--config.file=${path.join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${path.join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await untilReady(url, child, () => log);
  return {
    url,
    alerts: () => readAlerts(url),
    async stop() {
      if (child.exitCode === null) {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}:\n${log()}`);
    const ok = await fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill("SIGKILL");
  throw new Error(`Prometheus was not ready within 60 s:\n${log()}`);
}

async function readAlerts(url: string): Promise<Alert[]> {
  const { data } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as {
    data: { alerts: (Omit<Alert, "name"> & { labels: Record<string, string> })[] };
  };
  return data.alerts.map(({ state, labels, annotations }) => ({ name: labels["alertname"] ?? "", state, labels, annotations }));
}
