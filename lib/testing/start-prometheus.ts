import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "./free-port.ts";

const BINARY = "/usr/bin/prometheus";

/** Why no Prometheus can be started here; null: it can. */
export const prometheusMissing: string | null = existsSync(BINARY) ? null : "Prometheus is not installed (apt-get install prometheus)";

export interface TestPrometheus {
  url: string;
  stop(): Promise<void>;
}

/** A real Prometheus of its own, in a temporary folder, on a free port of the loopback address, that scrapes `/metrics/cadvisor` of one target each second. */
export async function startPrometheus(target: string): Promise<TestPrometheus> {
  const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-prometheus-"));
  const config = path.join(folder, "prometheus.yml");
  const scrape = { job_name: "kubelet", metrics_path: "/metrics/cadvisor", honor_labels: true, static_configs: [{ targets: [target] }] };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ global: { scrape_interval: "1s" }, scrape_configs: [scrape] }));
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    BINARY,
    [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${new URL(url).host}`, "--log.level=error"],
    { cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 600; tries++) {
    const ready = await fetch(`${url}/-/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (ready) return { url, stop };
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error("Prometheus did not become ready within 60 s");
}
