// `npm start`: checks the configuration, builds if needed, serves. Runs on any Node ≥ 20; the server runs on the pinned Node.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const dist = process.env.NEXT_DIST_DIR ?? ".next";
const standalone = path.join(root, dist, "standalone");
const pinned = path.join(root, "node_modules", ".bin", "node");
const node = existsSync(pinned) ? pinned : process.execPath;

function checkConfig() {
  const result = spawnSync(node, ["--conditions=react-server", path.join(root, "lib/runtime/check-config.ts")], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
  return JSON.parse(result.stdout);
}

/** The newest change below `file`, in ms; tests and what only they use do not count. */
function newest(file) {
  const full = path.join(root, file);
  if (!existsSync(full)) return 0;
  const stat = statSync(full);
  if (!stat.isDirectory()) return /\.test\.tsx?$/.test(file) ? 0 : stat.mtimeMs;
  if (file === "lib/testing" || file === "lib/demo") return 0;
  return readdirSync(full).reduce((time, name) => Math.max(time, newest(path.join(file, name))), 0);
}

function isBuilt() {
  const stamp = path.join(standalone, "server.js");
  const builtAt = existsSync(stamp) ? statSync(path.join(root, dist, "BUILD_ID")).mtimeMs : 0;
  const sources = [
    "app",
    "components",
    "lib",
    "public",
    "instrumentation.ts",
    "proxy.ts",
    "next.config.ts",
    "postcss.config.mjs",
    "package-lock.json",
  ];
  return builtAt > 0 && sources.every((file) => newest(file) <= builtAt);
}

/** Two starts at once must not build into the same folder: the second waits for the first. */
async function withLock(work) {
  const lock = path.join(root, "node_modules", ".runnerscope-build");
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(path.join(lock, "pid"), String(process.pid));
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
  try {
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isAbandoned(lock) {
  try {
    process.kill(Number(readFileSync(path.join(lock, "pid"), "utf8")), 0);
    return false;
  } catch (error) {
    // No pid yet: somebody has just made it.
    return error.code === "ESRCH";
  }
}

function build() {
  if (isBuilt()) return;
  if (!existsSync(path.join(root, "node_modules", "next"))) {
    console.error("The packages are not installed. Run: npm ci");
    process.exit(1);
  }
  console.log("Building …");
  const next = path.join(root, "node_modules", "next", "dist", "bin", "next");
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };
  const { status } = spawnSync(node, [next, "build"], { cwd: root, stdio: "inherit", env });
  if (status !== 0) process.exit(status ?? 1);
}

/** The standalone server serves only what lies beside it. */
function copyFiles() {
  const done = path.join(standalone, ".copied");
  const id = readFileSync(path.join(root, dist, "BUILD_ID"), "utf8") + statSync(path.join(root, dist, "BUILD_ID")).mtimeMs;
  if (existsSync(done) && readFileSync(done, "utf8") === id) return;
  cpSync(path.join(root, dist, "static"), path.join(standalone, dist, "static"), { recursive: true });
  if (existsSync(path.join(root, "public"))) cpSync(path.join(root, "public"), path.join(standalone, "public"), { recursive: true });
  writeFileSync(done, id);
}

/**
 * V8 lets a heap grow to several times of what lives in it before it collects: at 10,000 pods 900 MB for 300. With these it is 560, at the same processor time
 * (`npm run bench:scale`). glibc otherwise keeps an arena per thread and gives little back.
 */
const MEMORY_FLAGS = ["--max-semi-space-size=16", "--heap-growing-percent=40"];
const MEMORY_ENV = { MALLOC_ARENA_MAX: "2", MALLOC_TRIM_THRESHOLD_: "131072" };

function serve({ host, port }) {
  // The runtime ends the process itself, after the history is written (lib/runtime/stop-on-signals.ts).
  const own = { NEXT_TELEMETRY_DISABLED: "1", NEXT_MANUAL_SIG_HANDLE: "true" };
  const env = { ...process.env, NODE_ENV: "production", HOSTNAME: host, PORT: String(port), ...own };
  // The server works in its own folder; paths are meant from here.
  if (env.KUBECONFIG)
    env.KUBECONFIG = env.KUBECONFIG.split(path.delimiter)
      .map((file) => file && path.resolve(file))
      .join(path.delimiter);
  for (const name of [
    "RUNNERSCOPE_DATA",
    "RUNNERSCOPE_KUBELET_CA_FILE",
    "RUNNERSCOPE_RECORDING",
    "GITLAB_TOKEN_FILE",
    "GITLAB_CA_FILE",
    "GITLAB_WEBHOOK_SECRET_FILE",
  ])
    if (env[name]) env[name] = path.resolve(env[name]);
  for (const [name, value] of Object.entries(MEMORY_ENV)) env[name] ??= value;
  const child = spawn(node, [...(node === pinned ? MEMORY_FLAGS : []), path.join(standalone, "server.js")], {
    cwd: standalone,
    stdio: "inherit",
    env,
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    console.error(`The server could not be started: ${error.message}`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => process.exit(code ?? 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0)));
  const shown = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  console.log(`Runnerscope: http://${shown}:${port}`);
}

const address = checkConfig();
await withLock(() => {
  build();
  copyFiles();
});
serve(address);
