// `npm run replay -- RECORDING [--json]`: Runnerscope on a recording; the pages, or with --json one line a job.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { installPackages, pinnedEnvironment, root } from "../.ci/install.mjs";

const args = process.argv.slice(2);
const json = args.includes("--json");
const [given, ...rest] = args.filter((argument) => argument !== "--json");
if (given === undefined || rest.length > 0) {
  console.error("Give one recording: npm run replay -- FOLDER|FILE.tar.gz [--json]");
  process.exit(1);
}
const recording = path.resolve(process.env.INIT_CWD ?? process.cwd(), given);
// Standard output belongs to the JSON lines.
if (json) console.log = console.error;
installPackages();
const node = path.join(root, "node_modules", ".bin", "node");
const command = json ? ["--conditions=react-server", "lib/runtime/replay/main.ts", recording] : ["deploy/start.mjs"];
const env = { ...pinnedEnvironment(), ...(json ? {} : { RUNNERSCOPE_RECORDING: recording }) };
process.exit(spawnSync(node, command, { cwd: root, stdio: "inherit", env }).status ?? 1);
