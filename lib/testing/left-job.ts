import type { EndState } from "../manager/schema.ts";
import type { JobLinks } from "../fleet/link/job-links.ts";
import { linkOutcomes } from "../fleet/link/link-outcome.ts";
import { buildJobRecord } from "./build-job-record.ts";
import { at, buildContainer } from "./build-pod-record.ts";
import { buildTrack } from "./build-reading.ts";
import { deleting, init, killed137, type Given } from "./judge-pod.ts";

export const manager = { pod: "gitlab-runner-1", via: "debug-list", doubt: null } as const;

/** The job left its manager alone, with these failures counted (or with more jobs than itself). */
export function left(
  failures: Record<string, number> | null,
  {
    jobs = 1,
    stages = ["step_script", "cleanup_file_variables"],
    to = 45,
    end = null,
  }: { jobs?: number; stages?: string[]; to?: number; end?: EndState | null } = {},
): Partial<JobLinks> {
  const track = buildTrack("4711", {
    stages: stages.map((stage, index) => ({ stage, at: at(10 + index) })),
    end: end === null ? null : { state: end, at: at(41) },
    left: {
      from: at(to - 5),
      to: at(to),
      jobs,
      failures: failures === null ? null : Object.entries(failures).map(([reason, count]) => ({ reason, count })),
    },
  });
  const outcome =
    linkOutcomes([{ track, fits: { failed: [], explains: [], neverRan: false }, record: null }], manager.pod).get("4711") ?? null;
  return { asked: true, track, manager, outcome };
}

export const told = (status: string, failureReason: string | null = null, exitCode: number | null = null): Partial<JobLinks> => ({
  record: buildJobRecord({ status, failureReason, exitCode, finishedAt: at(41) }),
  noRecord: "not-reached",
});

/** Gone after deletion, with containers as a deletion leaves them. */
export const gone = (links: Partial<JobLinks>, build = killed137, helper = killed137, change: Given["pod"] = {}): Given => ({
  pod: { ...deleting, phase: "Failed", containers: [init, buildContainer("build", build), buildContainer("helper", helper)], ...change },
  ended: 71,
  now: 72,
  links,
});
