// `npm run demo`: a simulated fleet and Runnerscope on it; nothing else is needed. Ctrl-C ends both. Runs on any Node ≥ 20.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { installDebian, installPackages, pinnedEnvironment, root } from "../.ci/install.mjs";

installPackages();
// The simulated API server's certificates are made with it.
if (!installDebian(["openssl"], "/usr/bin/openssl")) process.exit(1);
const env = pinnedEnvironment();
const node = path.join(root, "node_modules", ".bin", "node");
const args = process.argv.slice(2);
const children = new Set();
let code = 0;
let folder = null;

function start(command, childEnv, stdio) {
  const child = spawn(node, command, { cwd: root, env: childEnv, stdio });
  children.add(child);
  child.once("exit", (status, signal) => {
    children.delete(child);
    if (code === 0) code = status ?? (signal ? 1 : 0);
    end();
  });
  return child;
}

/** One of the two is not worth much without the other. */
function end() {
  for (const child of children) child.kill("SIGTERM");
  if (children.size === 0) {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  }
  setTimeout(() => {
    for (const child of children) child.kill("SIGKILL");
  }, 8000).unref();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);

const host = env.RUNNERSCOPE_HOST && !["0.0.0.0", "::"].includes(env.RUNNERSCOPE_HOST) ? env.RUNNERSCOPE_HOST : "127.0.0.1";
const webhook = `http://${host.includes(":") ? `[${host}]` : host}:${env.RUNNERSCOPE_PORT ?? 3000}/api/v1/hooks/gitlab`;
const simulation = ["--max-semi-space-size=16", "lib/demo/main.ts", "--webhook", webhook, ...args];
const simulator = start(simulation, env, ["ignore", "pipe", "inherit"]);
const ready = await new Promise((resolve) => {
  createInterface({ input: simulator.stdout }).on("line", (line) => {
    if (line.startsWith("{")) resolve(JSON.parse(line));
    else console.log(line);
  });
});

console.log(
  `Simulated fleet: scenario ${ready.scenario}, ${ready.jobPods} job pods, seed ${ready.seed} (again: npm run demo -- --scenario ${ready.scenario} --seed ${ready.seed})`,
);
console.log(`Break things:    ${ready.control}`);
console.log(
  `Also there:      GitLab ${ready.environment.GITLAB_URL} (token in ${ready.environment.GITLAB_TOKEN_FILE}), Prometheus ${ready.prometheus}`,
);
folder = mkdtempSync(path.join(tmpdir(), "runnerscope-demo-"));
const product = {
  ...env,
  RUNNERSCOPE_LABEL: env.RUNNERSCOPE_LABEL ?? "demo",
  // Simulated logs hold nobody's secrets.
  RUNNERSCOPE_LOGS: env.RUNNERSCOPE_LOGS ?? "gitlab,pods",
  // A simulated history does not belong among real ones.
  RUNNERSCOPE_DATA: env.RUNNERSCOPE_DATA ?? path.join(folder, "data"),
  ...ready.environment,
};
start(["deploy/start.mjs"], product, "inherit");
