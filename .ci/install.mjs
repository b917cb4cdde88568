// Makes a fresh clone ready: npm packages when the lock file changed, and the Debian packages asked for.
// Runs on any Node ≥ 20 with nothing installed; everything after it uses the pinned Node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const stamp = path.join(root, "node_modules", ".runnerscope-lock");

/** Runs `npm ci` unless node_modules already matches package-lock.json. */
export function installPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.log("Installing npm packages …");
  // Flags of the npm that runs this script (--prefix, --silent) are not meant for this one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_config_(prefix|local_prefix|global_prefix|loglevel|json)$/i.test(name)),
  );
  const stdio = ["ignore", process.argv.includes("--json") ? 2 : "inherit", "inherit"];
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, stdio, env });
  if (result.status !== 0) {
    console.error("npm ci failed. Check that the npm registry is reachable and run the command again.");
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

/** Environment in which `node` is the pinned Node 24 and package binaries are on the PATH. */
export function pinnedEnvironment() {
  return {
    ...process.env,
    PATH: `${path.join(root, "node_modules", ".bin")}${path.delimiter}${process.env.PATH}`,
    NEXT_TELEMETRY_DISABLED: "1",
  };
}

/**
 * Installs a Debian package when `probe` (a path) is missing. Without root or apt it says what to install and returns false.
 */
export function installDebian(packageNames, probe) {
  if (existsSync(probe)) return true;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    console.error(`${probe} is missing. Install it with: apt-get install ${packageNames.join(" ")}`);
    return false;
  }
  console.log(`Installing Debian packages: ${packageNames.join(" ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args) => spawnSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env }).status === 0;
  if (!apt("update", "-q") || !apt("install", "-qy", "--no-install-recommends", ...packageNames))
    console.error(`apt-get could not install ${packageNames.join(" ")}.`);
  return existsSync(probe);
}

if (process.argv[1] === new URL(import.meta.url).pathname) installPackages();
