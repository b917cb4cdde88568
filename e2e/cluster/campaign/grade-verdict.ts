import type { ApiJob } from "./watch-product.ts";
import type { ContainerKill, Truth } from "./truth.ts";
import type { VerdictKind } from "../../../lib/fleet/schema.ts";

/**
 * `right`: the product says what happened. `undecided`: it says that it does not know, or only what is possible. `wrong`: it claims
 * something else, likely or confirmed. `absent`: it has no such job.
 */
export type Grade = "right" | "undecided" | "wrong" | "absent";

const ABOVE_POSSIBLE = new Set(["likely", "confirmed"]);
/** Containers without which the runner gives a job up. */
const isVital = (container: string) => container === "build" || container === "helper" || container.startsWith("init-");

/** The verdicts that are true of a job. More than one where two words are both true of it. */
export function trueVerdicts({ record, kills, act, deadServices }: Truth): readonly VerdictKind[] {
  if (record.state === "running" || record.state === "canceling") return ["orphaned", "deleted-externally"];
  if (record.state === "success") return ["succeeded"];
  if (record.state === "canceled") return ["cancelled"];
  const reason = record.failure_reason;
  if (reason !== "job_execution_timeout" && kills.some((kill) => !kill.nested && isVital(kill.container))) return ["oom-killed"];
  // A script that failed after its service had ended by a failure: both are true of it.
  if (reason === "script_failure") return deadServices.length > 0 ? ["script-failed", "service-failed"] : ["script-failed"];
  if (reason === "job_execution_timeout") return ["timed-out"];
  if (reason === "runner_interrupted") return ["runner-interrupted"];
  if (reason === "runner_external_dependency_failure" || reason === "image_pull_failure") return ["image-pull-failed"];
  if (act === "delete-pod") return ["deleted-externally", "runner-system-failure"];
  return ["runner-system-failure"];
}

export function gradeVerdict(truth: Truth, job: ApiJob | null): Grade {
  if (job === null) return truth.pod === null ? "right" : "absent";
  const { kind, certainty } = job.verdict;
  if (trueVerdicts(truth).includes(kind)) return "right";
  return kind === "unknown" || !ABOVE_POSSIBLE.has(certainty) ? "undecided" : "wrong";
}

export interface OomGrade {
  /** Kills that the kernel logged and the product tells of. */
  found: ContainerKill[];
  missed: ContainerKill[];
  /** Not told, and nobody could have seen them. */
  vanished: ContainerKill[];
  /** Containers in which the product tells of a kill, likely or confirmed, and the kernel logged none. */
  invented: string[];
}

/** Every kill must be told, as verdict or as finding, at its container; and none that was not. */
export function gradeKills({ kills }: Truth, job: ApiJob | null): OomGrade {
  const claims = [job?.verdict, ...(job?.findings ?? [])].filter((one) => one?.kind === "oom-killed" || one?.kind === "oom-kill");
  const claimed = new Set(claims.filter((one) => ABOVE_POSSIBLE.has(one?.certainty ?? "")).map((one) => one?.container ?? "the job"));
  const killed = new Set(kills.map((kill) => kill.container));
  return {
    found: kills.filter((kill) => claimed.has(kill.container)),
    missed: kills.filter((kill) => !claimed.has(kill.container) && !kill.vanished),
    vanished: kills.filter((kill) => !claimed.has(kill.container) && kill.vanished),
    invented: [...claimed].filter((container) => !killed.has(container)),
  };
}
