// A process that writes jobs into the PostgreSQL of DATABASE_URL until it is killed, one of several that share it. One line of output for each job, and when it begins to write.
import { systemClock } from "../base/clock.ts";
import { openDatabase } from "../history/server/database.ts";
import { Recorder } from "../history/server/recorder.ts";
import { WriterSeat } from "../history/server/writer-seat.ts";
import type { KeptJob } from "../history/write-row.ts";
import { buildJob } from "./build-job.ts";

const name = process.argv[2] ?? "writer";
const clock = { ...systemClock, after: (ms: number, run: () => void) => clearTimeout.bind(null, setTimeout(run, ms)) };
const database = await openDatabase({ kind: "postgres", url: process.env["DATABASE_URL"] ?? "" });
const seat = new WriterSeat(database, { name, clock, expiryMs: 1_500, beatMs: 200 });
const recorder = new Recorder(database, clock, seat);
const since = Date.now();
const jobs: KeptJob[] = [];
recorder.start({ watching: () => new Map([["test", since]]), memory: () => ({ jobs, fromMs: since }) });
let wrote = false;
for (let n = 0; ; n++) {
  const uid = `${String(n).padStart(8, "0")}-0000-4000-8000-000000000000`;
  // All processes see the same job end at the same time.
  const kept = { job: buildJob({ uid, deletedAt: new Date(since + n * 20).toISOString() }), events: [], series: [] };
  jobs.push(kept);
  recorder.add(kept);
  process.stdout.write(`job ${n}\n`);
  if (recorder.state.writer.here && !wrote) process.stdout.write("writes\n");
  wrote = recorder.state.writer.here;
  await new Promise((resolve) => setTimeout(resolve, 20));
}
