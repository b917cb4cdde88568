import type { EndState, ManagedTrack } from "../../manager/schema.ts";
import type { Evidence } from "../evidence.ts";

/** How a job ended by the state in which its manager's list showed it. `reason` null: it did not fail, or (`failed`) the state does not say why. */
export interface ShownEnd {
  readonly result: "not-failed" | "failed";
  /** In the runner's words (`common/network.go`). */
  readonly reason: string | null;
}

/**
 * The manager sets the state when the script is over, before it deletes the pod (runner `common/build.go` Build.run, runtimeStateAndError): `canceled`
 * and `timedout` stand for one reason each, `failed` for any. `terminated` is a signal to the manager; its other cause, a panic, counts a system failure.
 */
export function shownEnd({ end }: Pick<ManagedTrack, "end">, counts: ReadonlyMap<string, number>): ShownEnd | null {
  return end === null ? null : ENDS[end.state](counts);
}

const ENDS: Readonly<Record<EndState, (counts: ReadonlyMap<string, number>) => ShownEnd>> = {
  success: () => ({ result: "not-failed", reason: null }),
  canceled: () => ({ result: "failed", reason: "job_canceled" }),
  timedout: () => ({ result: "failed", reason: "job_execution_timeout" }),
  terminated: (counts) => {
    const panic = !counts.has("runner_interrupted") && counts.has("runner_system_failure");
    return { result: "failed", reason: panic ? "runner_system_failure" : "runner_interrupted" };
  },
  failed: () => ({ result: "failed", reason: null }),
};

/** The look at the list that showed it. */
export function shownEvidence({ end, jobId }: Pick<ManagedTrack, "end" | "jobId">, managerPod: string): Evidence[] {
  if (end === null) return [];
  return [{ source: `manager ${managerPod}`, field: "/debug/jobs/list", value: `job ${jobId} is over, state=${end.state}`, at: end.at }];
}
