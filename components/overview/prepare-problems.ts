import type { Problem } from "@/lib/fleet/schema.ts";

interface ProblemGroup {
  /** All of the group. */
  count: number;
  shown: Problem[];
}

/** So many rows stand beside the ceilings without pushing the slots off the screen. */
const MOST = 5;
/** What is to be watched keeps this many rows, however much needs somebody. */
const LEAST_WATCH = 2;

/** Both groups in their order, the worst first; without `all` as many as fit, what needs somebody before what is to be watched. */
export function cutProblems(problems: readonly Problem[], all: boolean): { needsYou: ProblemGroup; toWatch: ProblemGroup; hidden: number } {
  const needs = problems.filter(({ group }) => group === "needs-you");
  const watch = problems.filter(({ group }) => group === "to-watch");
  const needsRoom = all ? needs.length : MOST - Math.min(watch.length, LEAST_WATCH);
  const needsYou = { count: needs.length, shown: needs.slice(0, needsRoom) };
  const toWatch = { count: watch.length, shown: all ? watch : watch.slice(0, MOST - needsYou.shown.length) };
  return { needsYou, toWatch, hidden: problems.length - needsYou.shown.length - toWatch.shown.length };
}
