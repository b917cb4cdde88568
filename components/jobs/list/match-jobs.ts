import { valueOf } from "@/lib/base/known.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { matcherOf } from "./filter-jobs.ts";
import type { ChoiceKey, Comparison, NumberKey, Term, TextKey } from "./filter-jobs.ts";
import { cpuShareOf, memoryShareOf, throttledShareOf } from "./job-use.ts";
import { ageMs } from "./rank-jobs.ts";
import type { Ranked } from "./rank-jobs.ts";

/** A filter ready to run. `timed`: its answer changes as time passes, so it cannot be remembered for a job. */
export interface JobMatcher {
  timed: boolean;
  matches(ranked: Ranked, now: number): boolean;
}

type Test = (ranked: Ranked, now: number) => boolean;
/** All values a key can match; an empty list means the value is not known. */
const VALUES: Readonly<Record<TextKey | ChoiceKey, (job: JobRow) => readonly string[]>> = {
  project: (job) => listOf(valueOf(job.gitlab.project)),
  job: (job) => listOf(valueOf(job.gitlab.name)),
  ref: (job) => listOf(valueOf(job.gitlab.ref)),
  id: (job) => listOf(valueOf(job.gitlab.id)),
  node: (job) => listOf(job.node),
  manager: (job) => listOf(valueOf(job.manager)?.pod ?? null),
  runner: (job) => [...listOf(valueOf(job.runner.name)), ...listOf(valueOf(job.runner.shortToken))],
  ns: (job) => [job.namespace],
  pod: (job) => [job.pod],
  cluster: (job) => [job.cluster],
  container: (job) => job.containers.map((container) => container.name),
  image: (job) => job.containers.map((container) => container.image),
  verdict: (job) => [job.verdict.kind],
  phase: (job) => [job.phase],
  // A kill that ended the job is its verdict; whoever looks for kills means those too.
  finding: (job) => (job.verdict.kind === "oom-killed" ? [...job.findings, "oom-kill"] : job.findings),
};

function listOf(value: string | null): readonly string[] {
  return value === null || value === "" ? [] : [value];
}

/** Builds the test of a filter; `bad` terms are left out. Rules of combination: see `filter-jobs.ts`. */
export function buildMatcher(terms: readonly Term[]): JobMatcher {
  const every: Test[] = [];
  const alternatives = new Map<string, Test[]>();
  let timed = false;
  for (const term of terms) {
    if (term.kind === "bad") continue;
    const test = testOf(term);
    timed ||= term.kind === "compare" && term.key === "age";
    if (term.not) every.push((ranked, now) => !test(ranked, now));
    else if (term.kind === "match") alternatives.set(term.key, [...(alternatives.get(term.key) ?? []), test]);
    else every.push(test);
  }
  for (const tests of alternatives.values()) every.push((ranked, now) => tests.some((test) => test(ranked, now)));
  return rememberMatches({ timed, matches: (ranked, now) => every.every((test) => test(ranked, now)) });
}

/** Remembers the answer for each version of a job: a patch of 20 jobs asks 20 questions, not 10,000. */
function rememberMatches(matcher: JobMatcher): JobMatcher {
  if (matcher.timed) return matcher;
  const answers = new WeakMap<Ranked, boolean>();
  return {
    timed: false,
    matches(ranked, now) {
      const answer = answers.get(ranked) ?? matcher.matches(ranked, now);
      answers.set(ranked, answer);
      return answer;
    },
  };
}

function testOf(term: Exclude<Term, { kind: "bad" }>): Test {
  if (term.kind === "word") return ({ job }) => textOf(job).includes(term.word);
  if (term.kind === "compare") {
    const figure = FIGURES[term.key];
    return (ranked, now) => compare(figure(ranked, now), term.comparison, term.amount);
  }
  const wantsUnknown = term.values.includes("?");
  const matchers = term.values.filter((value) => value !== "?").map(matcherOf);
  const read = VALUES[term.key];
  return ({ job }) => {
    const values = read(job);
    return values.length === 0 ? wantsUnknown : values.some((value) => matchers.some((matches) => matches(value)));
  };
}

/** What a comparison looks at; null: not known, or there is no limit to take a share of. It fits no comparison. */
const FIGURES: Readonly<Record<NumberKey, (ranked: Ranked, now: number) => number | null>> = {
  age: ageMs,
  restarts: ({ job }) => restartsOf(job),
  cpu: ({ job }) => cpuShareOf(job),
  mem: ({ job }) => memoryShareOf(job),
  throttled: ({ job }) => throttledShareOf(job),
};

function compare(value: number | null, comparison: Comparison, amount: number): boolean {
  if (value === null) return false;
  if (comparison === ">") return value > amount;
  if (comparison === ">=") return value >= amount;
  if (comparison === "<") return value < amount;
  if (comparison === "<=") return value <= amount;
  return value === amount;
}

/** Restarts of all containers of a job. */
export function restartsOf(job: JobRow): number {
  return job.containers.reduce((sum, container) => sum + container.restarts, 0);
}

const texts = new WeakMap<JobRow, string>();

/** Everything a free word is looked for in, in lower case, worked out once for each version of a job. */
function textOf(job: JobRow): string {
  const known = texts.get(job);
  if (known !== undefined) return known;
  const { gitlab, runner, verdict } = job;
  const facts = [gitlab.name, gitlab.project, gitlab.ref, gitlab.id, runner.name, runner.shortToken].map((fact) => valueOf(fact) ?? "");
  const text = [...facts, valueOf(job.manager)?.pod ?? "", job.node ?? "", job.pod, job.namespace, job.cluster, job.uid, verdict.kind]
    .join("\n")
    .toLowerCase();
  texts.set(job, text);
  return text;
}
