import { spawn } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";

const file = pathToFileURL(path.resolve(import.meta.dirname, "stop-on-signals.ts")).href;
const program = (ms: number) => `
  import { stopOnSignals } from ${JSON.stringify(file)};
  const stop = () => new Promise((resolve) => setTimeout(() => { console.log("written"); resolve(); }, ${ms}));
  stopOnSignals({ stop, log: { info() {} } });
  setInterval(() => {}, 1000);
  console.log("up");`;

async function end(signal: NodeJS.Signals, ms: number): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program(ms)], {
    env: { ...process.env, NEXT_MANUAL_SIG_HANDLE: "true" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text !== "up\n") return;
    child.kill(signal);
    setTimeout(() => child.kill(signal), 50);
  });
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { code, text };
}

it.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
] as const)("%s, though it comes twice, lets the history be written first", { timeout: 20_000 }, async (signal, code) => {
  expect(await end(signal, 300)).toEqual({ code, text: "up\nwritten\n" });
});

it("does not wait for ever", { timeout: 20_000 }, async () => {
  expect(await end("SIGTERM", 60_000)).toEqual({ code: 143, text: "up\n" });
});
