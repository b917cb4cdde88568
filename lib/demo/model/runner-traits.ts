import type { RunnerSpec } from "./cluster-spec.ts";

/** What differs between runner versions, with the release that brought it. */
export interface RunnerTraits {
  /** First characters of the token in names and labels: 9 since 18.2 (helpers/shorten_token.go), 8 before. */
  shortToken: string;
  /** `*.runner.gitlab.com` labels, since 17.9; before only the label `pod`. */
  hasLabels: boolean;
  /** Service containers named by their alias, since 17.9; before `svc-0`. */
  namesServicesByAlias: boolean;
  /** Annotation `job.runner.gitlab.com/timeout`, since 17.11. */
  hasTimeoutAnnotation: boolean;
  /** Pod-level `resources` in the spec (empty when not configured), since 18.10. */
  hasPodResources: boolean;
  /** Label `project.runner.gitlab.com/root-namespace-id`, 19.4. */
  hasRootNamespaceId: boolean;
  /** `gitlab_runner_*` metrics carry `runner_name`, since 18.2. */
  hasRunnerNameLabel: boolean;
}

export function runnerTraits(runner: RunnerSpec): RunnerTraits {
  const [major = 0, minor = 0] = runner.version.split(".").map(Number);
  const since = (wantedMajor: number, wantedMinor: number) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return {
    shortToken: runner.token.slice(0, since(18, 2) ? 9 : 8),
    hasLabels: since(17, 9),
    namesServicesByAlias: since(17, 9),
    hasTimeoutAnnotation: since(17, 11),
    hasPodResources: since(18, 10),
    hasRootNamespaceId: since(19, 4),
    hasRunnerNameLabel: since(18, 2),
  };
}
