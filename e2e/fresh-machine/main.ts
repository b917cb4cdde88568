// `npm run test:fresh [-- demo | test] [--suite bookworm] [--keep]`: a Debian with nothing but Node, npm and git; in a clone of this checkout `npm run demo` until
// its page shows jobs, then `npm test`. Needs root. Says how long each took; ends with `N passed, N failed`.
import { parseArgs } from "node:util";
import { waitUntil } from "../cluster/bed/command.ts";
import { freePort } from "../product.ts";
import { CHECKOUT, Machine } from "./machine.ts";

const started = performance.now();
const say = (text: string) => console.log(`${((performance.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${text}`);
const minutesSince = (at: number) => `${((performance.now() - at) / 60_000).toFixed(1)} min`;

/** How long the first page may take, installation and build included. */
const DEMO_MS = 20 * 60_000;

/** The jobs that the demo's page and its API show; 0: none yet. */
async function shownJobs(url: string): Promise<number> {
  const [page, list] = await Promise.all([fetch(`${url}/jobs`), fetch(`${url}/api/v1/jobs?state=live&limit=500`)]);
  if (!page.ok || !list.ok) return 0;
  const { items } = (await list.json()) as { items: { pod: string }[] };
  const html = await page.text();
  return items.filter(({ pod }) => html.includes(pod)).length;
}

async function demo(machine: Machine): Promise<void> {
  const at = performance.now();
  const port = await freePort();
  const { child, done, text } = machine.start(["env", `RUNNERSCOPE_PORT=${port}`, "npm", "run", "demo"], (line) => say(`  ${line}`));
  let over: string | null = null;
  void done.then((code) => (over = `npm run demo ended with ${code}:\n${text().slice(-2_000)}`));
  try {
    let jobs = 0;
    const ready = async () => {
      if (over !== null) throw new Error(over);
      jobs = await shownJobs(`http://127.0.0.1:${port}`).catch(() => 0);
      return jobs > 0;
    };
    await waitUntil("npm run demo showed no job", ready, DEMO_MS, 1_000);
    say(`npm run demo shows ${jobs} jobs, ${minutesSince(at)} after it was typed.`);
  } finally {
    child.kill("SIGKILL");
    await done;
  }
}

async function tests(machine: Machine): Promise<void> {
  const at = performance.now();
  const text = await machine.finish(["npm", "test"], (line) => say(`  ${line}`));
  say(`npm test: ${text.trim().split("\n").at(-1)}, ${minutesSince(at)}.`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: { suite: { type: "string", default: "bookworm" }, keep: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (process.getuid?.() !== 0) throw new Error("A Debian in a folder can only be made by root.");
  say(`Making a Debian ${values.suite} with Node, npm and git …`);
  const machine = await Machine.make(values.suite);
  let failed = 0;
  try {
    say(
      `It has Node ${(await machine.finish(["node", "--version"])).trim()} and npm ${(await machine.finish(["npm", "--version"])).trim()}.`,
    );
    await machine.finish(["git", "-c", "safe.directory=*", "clone", "--quiet", "/source", CHECKOUT]);
    const steps = { demo, test: tests };
    const wanted = Object.entries(steps).filter(([name]) => positionals.length === 0 || positionals.includes(name));
    for (const [name, step] of wanted) {
      try {
        await step(machine);
      } catch (error) {
        failed += 1;
        say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    console.log(`\n${wanted.length - failed} passed, ${failed} failed`);
  } finally {
    if (values.keep) say(`Kept: ${machine.folder}`);
    else machine.remove();
  }
  return failed;
}

try {
  process.exit((await main()) === 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
