import type { GitlabFacts } from "../gitlab-facts.ts";
import type { WaitingSight } from "./schema.ts";

/** Whose waiting jobs the token shows and what it does not, one statement for each subject and reason; null: GitLab is not asked. */
export function seeWaiting(gitlab: GitlabFacts | null): WaitingSight | null {
  if (gitlab === null) return null;
  const { pending, blindSpots } = gitlab;
  const groups = Map.groupBy(blindSpots, ({ subject, reason, project }) => `${subject} ${reason} ${project === null}`);
  const blind = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, spots]) => sumOf(spots));
  return { scope: pending?.scope ?? "unread", projects: pending?.projects.length ?? 0, at: pending?.at ?? null, blind };
}

function sumOf(spots: GitlabFacts["blindSpots"]): WaitingSight["blind"] {
  const [first] = spots;
  if (first === undefined) return [];
  const since = spots.reduce((oldest, spot) => (spot.since < oldest ? spot.since : oldest), first.since);
  return [{ subject: first.subject, reason: first.reason, projects: spots.filter(({ project }) => project !== null).length, since }];
}
