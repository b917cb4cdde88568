// `npm run record -- FOLDER [--minutes N]`: what Runnerscope would see of the cluster, written to a folder. Environment, commands and secrets are dropped as ever.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { installPackages, pinnedEnvironment, root } from "../.ci/install.mjs";

const args = process.argv.slice(2);
const at = args.indexOf("--minutes");
const minutes = at < 0 ? "10" : (args.splice(at, 2)[1] ?? "");
const [given, ...rest] = args;
if (given === undefined || rest.length > 0) {
  console.error("Give one folder: npm run record -- FOLDER [--minutes N]");
  process.exit(1);
}
installPackages();
const node = path.join(root, "node_modules", ".bin", "node");
const folder = path.resolve(process.env.INIT_CWD ?? process.cwd(), given);
const command = ["--conditions=react-server", path.join(root, "lib/runtime/record/main.ts"), folder, minutes];
process.exit(spawnSync(node, command, { stdio: "inherit", env: pinnedEnvironment() }).status ?? 1);
