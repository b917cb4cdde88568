// Watches over one bed from a process of its own: when the owner lets go of our standard input (it stopped, or died in
// whatever way) the bed is taken away. Started by bed/reaper.ts: node reaper.ts <run folder>
import { tearDown } from "./bed/teardown.ts";

const folder = process.argv[2];
if (!folder) throw new Error("usage: reaper.ts <run folder>");
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {}); // only the owner's end counts
process.stdin.resume();
process.stdin.once("error", () => {});
process.stdin.once("close", () => {
  tearDown(folder).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
});
process.stdout.write("watching\n");
