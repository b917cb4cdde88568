import type { Fits } from "../fleet/link/find-fits.ts";
import { linkOutcomes, type Leaver } from "../fleet/link/link-outcome.ts";
import type { JobRecord } from "../gitlab/schema.ts";
import type { EndState, ManagedTrack } from "../manager/schema.ts";
import { buildJobRecord } from "./build-job-record.ts";
import { at } from "./build-pod-record.ts";
import { buildTrack } from "./build-reading.ts";

export type Left = NonNullable<ManagedTrack["left"]>;
export type Counted = Record<string, number> | null;

export const plain: Fits = { failed: [], explains: [], neverRan: false };
export const pull: Fits = {
  failed: ["image_pull_failure", "runner_external_dependency_failure", "runner_configuration_error"],
  explains: [],
  neverRan: true,
};
export const limit: Fits = { failed: [], explains: ["job_execution_timeout"], neverRan: false };
export const died: Fits = { failed: ["runner_system_failure", "script_failure"], explains: [], neverRan: false };
type Told = Fits & { record: JobRecord };
/** The list showed the job in this state. */
type Shown = Fits & { end: EndState };
export const shown = (end: EndState, fits: Fits = plain): Shown => ({ ...fits, end });
export const told = (status: string, failureReason: string | null = null): Told => ({
  ...plain,
  record: buildJobRecord({ status, failureReason }),
});

/** `a: pull` is job `a` with this evidence; `jobs` counts those that nobody saw too. */
export function judgeLeavers(
  evidence: Record<string, Fits | Told | Shown | null>,
  failures: Counted,
  jobs?: number,
): Record<string, string> {
  const names = Object.keys(evidence);
  const left: Left = {
    from: at(60),
    to: at(65),
    jobs: jobs ?? names.length,
    failures: failures === null ? null : Object.entries(failures).map(([reason, count]) => ({ reason, count })),
  };
  const leavers: Leaver[] = names.map((name) => {
    const given = evidence[name] ?? null;
    const end = given !== null && "end" in given ? { state: (given as Shown).end, at: at(62) } : null;
    return {
      track: buildTrack(name, { left, end }),
      fits: given,
      record: given !== null && "record" in given ? (given as Told).record : null,
    };
  });
  return Object.fromEntries(
    [...linkOutcomes(leavers, "gitlab-runner-1")].map(([jobId, { result, reason, why }]) => [jobId, reason ?? why ?? result]),
  );
}
