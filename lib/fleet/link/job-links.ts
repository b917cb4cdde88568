import type { JobRecord } from "../../gitlab/schema.ts";
import type { ManagedTrack } from "../../manager/schema.ts";
import type { Job } from "../schema.ts";
import type { Outcome } from "./link-outcome.ts";
import type { Lost } from "./find-lost.ts";
import type { Unheld } from "./find-unheld.ts";

type Manager = Extract<Job["manager"], { state: "known" }>["value"];

/** What managers and GitLab tell of one job pod. */
export interface JobLinks {
  /** Whether any manager of the cluster is asked at all. */
  readonly asked: boolean;
  /** The job on its manager's list. */
  readonly track: ManagedTrack | null;
  /** Who holds or held it. */
  readonly manager: Manager | null;
  /** How its manager let it go; null: it has not, or nobody saw it. */
  readonly outcome: Outcome | null;
  /** Set while no manager holds it that could, and kept once its pod is asked to go. */
  readonly unheld: Unheld | null;
  /** Its manager ended while it held it. */
  readonly lost: Lost | null;
  /** GitLab's own record of the job. */
  readonly record: JobRecord | null;
  /** Where the pod's annotations and GitLab's record contradict each other, for the reader. */
  readonly contradictions: readonly string[];
  /** Why `record` is null. */
  readonly noRecord: "not-connected" | "forbidden" | "not-reached";
}

export const NO_LINKS: JobLinks = {
  asked: false,
  track: null,
  manager: null,
  outcome: null,
  unheld: null,
  lost: null,
  record: null,
  contradictions: [],
  noRecord: "not-connected",
};

/** Whether a job that was derived with `a` is the same with `b`. */
export function sameLinks(a: JobLinks, b: JobLinks): boolean {
  return (
    a === b ||
    (a.asked === b.asked &&
      a.track === b.track &&
      a.manager?.pod === b.manager?.pod &&
      a.manager?.via === b.manager?.via &&
      a.manager?.doubt === b.manager?.doubt &&
      a.outcome === b.outcome &&
      a.unheld === b.unheld &&
      a.lost === b.lost &&
      a.record === b.record &&
      a.noRecord === b.noRecord &&
      a.contradictions.join() === b.contradictions.join())
  );
}

/** Lists forget a job minutes after it left, and a manager's with its pod; what they showed stays true. That nobody holds it is about now. */
export function rememberLinks(before: JobLinks | null, now: JobLinks): JobLinks {
  if (before === null) return now;
  return {
    ...now,
    asked: now.asked || before.track !== null,
    track: now.track ?? before.track,
    manager: now.manager ?? before.manager,
    outcome: now.outcome ?? before.outcome,
    lost: now.lost ?? before.lost,
    ...(now.record === null
      ? { record: before.record, contradictions: before.contradictions, noRecord: before.record === null ? now.noRecord : before.noRecord }
      : {}),
  };
}
