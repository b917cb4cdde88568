import type { ProblemInput } from "./rank-problems.ts";
import { say } from "./sentence-keys.ts";
import type { Problem } from "./schema.ts";

/** GitLab restarts and single lost answers are over by then; a token that was never taken is told at once. */
const SILENT_MS = 20_000;

/** GitLab does not answer: what depends on it is old or not known, everything else goes on. */
export function findGitlabProblems({ gitlab, at }: ProblemInput): Problem[] {
  const state = gitlab?.state ?? null;
  if (state === null || (state.state !== "stale" && state.state !== "failed")) return [];
  if (state.state === "stale" && Date.parse(at) - Date.parse(state.since) < SILENT_MS) return [];
  const { code, detail } = state.state === "stale" ? state.lastError : state.error;
  return [
    {
      key: "source gitlab",
      group: "to-watch",
      kind: "source",
      jobs: 0,
      since: state.since,
      title: say(`problem.gitlab-${state.state}`, { code }),
      detail: detail === "" ? null : say("problem.source-detail", { detail }),
      remedy: say("remedy.gitlab", { code }),
      target: "/sources",
    },
  ];
}
