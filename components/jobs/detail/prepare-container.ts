import { markContainer } from "@/components/jobs/container-mark.ts";
import type { ContainerMark } from "@/components/jobs/container-mark.ts";
import type { ContainerView, Job } from "@/lib/fleet/schema.ts";

/** What the card of a container says about its state, as a message key (`job.state.<say>`). */
export type StateWords = "unknown" | "not-reached" | "waiting" | "running" | "ended" | "ended-after-deletion" | "failed" | "oom-killed";

export interface ContainerCardView {
  mark: ContainerMark;
  say: StateWords;
  /** Exit code of a container that ended; else null. */
  exitCode: number | null;
  reason: string | null;
  message: string | null;
  /** When the state began: started, ended. Null where not known. */
  at: string | null;
  /** The job's verdict is about this container. */
  culprit: boolean;
}

/** Verdicts that blame a container. */
const BLAMING: ReadonlySet<Job["verdict"]["kind"]> = new Set([
  "oom-killed",
  "script-failed",
  "image-pull-failed",
  "service-failed",
  "dind-not-ready",
]);

/** Reads one container's state as a sentence. An exit after deletion blames nobody, a kill for memory always is one. */
export function prepareContainer(container: ContainerView, verdict: Job["verdict"]): ContainerCardView {
  const mark = markContainer(container);
  const { state } = container;
  const at = container.since.state === "known" ? container.since.value : null;
  const culprit = BLAMING.has(verdict.kind) && verdict.container === container.name;
  if (state.state === "unknown") {
    return {
      mark,
      culprit,
      at,
      say: state.reason === "not-reached" ? "not-reached" : "unknown",
      exitCode: null,
      reason: null,
      message: null,
    };
  }
  const { value } = state;
  if (value.kind === "running")
    return { mark, culprit, at: value.startedAt ?? at, say: "running", exitCode: null, reason: null, message: null };
  if (value.kind === "waiting") return { mark, culprit, at, say: "waiting", exitCode: null, reason: value.reason, message: value.message };
  const ended = { mark, culprit, at: value.finishedAt ?? at, exitCode: value.exitCode, reason: value.reason, message: value.message };
  if (value.reason === "OOMKilled") return { ...ended, say: "oom-killed" };
  if (container.afterDeletion) return { ...ended, say: "ended-after-deletion" };
  return { ...ended, say: value.exitCode === 0 ? "ended" : "failed" };
}

const ROLE_ORDER: readonly ContainerView["role"][] = ["build", "helper", "dind", "service", "init", "other"];

/** Cards in a fixed order: the script first, then who helps it, then what it talks to. */
export function orderContainers(containers: readonly ContainerView[]): ContainerView[] {
  return containers.toSorted((a, b) => ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role) || a.name.localeCompare(b.name));
}

/** A digest with its middle left out, still told apart by both ends: `sha256:af96…07d2`. Anything short stays as it is. */
export function shortenDigest(digest: string): string {
  const [algorithm = "", hash = ""] = digest.split(":");
  return hash.length <= 12 ? digest : `${algorithm}:${hash.slice(0, 4)}…${hash.slice(-4)}`;
}
