// `npm run replay -- RECORDING --json`: one JSON line a job, in the order in which the pods were made.
import { valueOf } from "../../base/known.ts";
import { openRecording, RecordingError } from "./open-recording.ts";
import { readSteps } from "./read-steps.ts";
import { RecordedCluster } from "./recorded-cluster.ts";

const [given] = process.argv.slice(2);
try {
  if (given === undefined) throw new RecordingError("Give the folder or the archive of a recording.");
  const { folder, close } = openRecording(given);
  try {
    const cluster = new RecordedCluster("recording");
    const fleet = cluster.play(readSteps(folder, cluster.record.key));
    const jobs = [...fleet.jobs.values()].toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
    for (const { gitlab, pod, verdict, findings } of jobs)
      process.stdout.write(`${JSON.stringify({ gitlab_id: valueOf(gitlab.id), name: valueOf(gitlab.name), pod, verdict, findings })}\n`);
  } finally {
    close();
  }
} catch (error) {
  if (!(error instanceof RecordingError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
