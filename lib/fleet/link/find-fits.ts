import { valueOf } from "../../base/known.ts";
import { deriveGitlab } from "../derive-gitlab.ts";
import { findExits } from "../find-exits.ts";
import { findKills, isVital } from "../find-kills.ts";
import { findPulls } from "../find-pulls.ts";
import { conditionOf, goneAfter, type PodFacts } from "../pod-facts.ts";

/** What a pod's own evidence says of its job's end, in the runner's words for reasons (`common/network.go`). */
export interface Fits {
  /** It failed, and by one of these; empty: nothing says so. */
  readonly failed: readonly string[];
  /** It would explain these, without saying that it failed. */
  readonly explains: readonly string[];
  /** No container of the script ever ran: it cannot have succeeded, whatever a manager counted. */
  readonly neverRan: boolean;
}

/** Reasons of a refused image (runner `common/classify_image_pull_failure.go`; before 19.1 all of them were `image_pull_failure`). */
export const PULL_REASONS: readonly string[] = ["image_pull_failure", "runner_external_dependency_failure", "runner_configuration_error"];
/** A vital container that died ends the job by whichever is seen first: the script's exit code or the container's status. */
const DEATH_REASONS: readonly string[] = ["runner_system_failure", "script_failure"];
/** The runner ends a job at its limit, and then it takes seconds until the pod's deletion. */
const LIMIT_EARLY_MS = 1_000;
const LIMIT_LATE_MS = 60_000;

const NOTHING: Fits = { failed: [], explains: [], neverRan: false };

export function findFits(facts: PodFacts): Fits {
  const { pod, ended, deletionRequestedAt } = facts;
  if (ended === null && deletionRequestedAt === null) return NOTHING;
  const build = facts.containers.find((container) => container.role === "build");
  const state = build === undefined ? null : valueOf(build.state);
  const neverRan = state === null || state.kind === "waiting" || (state.kind === "terminated" && state.startedAt === null);
  const explains = outlivedLimit(facts) ? ["job_execution_timeout"] : [];
  if (findPulls(facts).some((trouble) => !trouble.started)) return { failed: PULL_REASONS, explains, neverRan };
  const disrupted = conditionOf(pod, "DisruptionTarget")?.status === "True" || pod.reason === "Evicted";
  if (disrupted) return { failed: ["runner_system_failure"], explains, neverRan };
  const died =
    findExits(facts).some(({ container, shape }) => isVital(container.role) && (shape === "attach" || shape === "concrete")) ||
    findKills(facts).some((kill) => kill.scope === "died" && isVital(kill.container.role));
  return { failed: died ? DEATH_REASONS : [], explains, neverRan };
}

/** Counted from the pick-up where the manager tells it, else from the pod's start, which is later. */
function outlivedLimit(facts: PodFacts): boolean {
  const { pod, deletionRequestedAt, ended, links } = facts;
  const limitMs = valueOf(deriveGitlab(pod).timeoutMs);
  // When a pod went that nobody watched, nobody knows.
  const over = deletionRequestedAt ?? (goneAfter(facts) === null ? ended?.deletedAt : null) ?? null;
  if (limitMs === null || over === null) return false;
  const livedMs = Date.parse(over) - (links.track?.tookMs ?? Date.parse(pod.startedAt ?? pod.createdAt));
  return livedMs >= limitMs - LIMIT_EARLY_MS && livedMs <= limitMs + LIMIT_LATE_MS;
}

export function sameFits(a: Fits, b: Fits): boolean {
  return a.neverRan === b.neverRan && a.failed.join() === b.failed.join() && a.explains.join() === b.explains.join();
}
