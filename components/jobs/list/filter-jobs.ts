import { FINDING_KINDS, JOB_PHASES, VERDICT_KINDS } from "@/lib/fleet/kinds.ts";

/**
 * The filter language: words, and terms `key:value`, each may begin with `-` for "not".
 * - `key:a,b` one of them · `*` stands for anything · `?` alone means "not known" · quotes keep spaces: `job:"unit test"`
 * - `restarts>0`, `age>10m` (also `>=`, `<`, `<=`, `=`); ages take s, m, h, d
 * - `cpu>90%` use of the CPU limit, `mem>90%` memory's peak of its limit, `throttled>25%` of CPU periods over the container's life, each of
 *   the container nearest to its limit; a job of which that is not known, or without that limit, fits no such term
 * - terms of one key are alternatives, different keys must all hold, every "not" must hold, every word must be found
 */
export const TEXT_KEYS = [
  "project",
  "job",
  "ref",
  "node",
  "manager",
  "runner",
  "ns",
  "pod",
  "cluster",
  "id",
  "container",
  "image",
] as const;
export const CHOICE_KEYS = ["verdict", "phase", "finding"] as const;
const SHARE_KEYS = ["cpu", "mem", "throttled"] as const;
export const NUMBER_KEYS = ["restarts", "age", ...SHARE_KEYS] as const;
export const FILTER_KEYS = [...TEXT_KEYS, ...CHOICE_KEYS, ...NUMBER_KEYS] as const;
export type TextKey = (typeof TEXT_KEYS)[number];
export type ChoiceKey = (typeof CHOICE_KEYS)[number];
export type NumberKey = (typeof NUMBER_KEYS)[number];
export type Comparison = ">" | ">=" | "<" | "<=" | "=";

export const CHOICES: Readonly<Record<ChoiceKey, readonly string[]>> = {
  verdict: VERDICT_KINDS,
  phase: JOB_PHASES,
  finding: FINDING_KINDS,
};

export type Term =
  | { kind: "word"; text: string; not: boolean; word: string }
  | { kind: "match"; text: string; not: boolean; key: TextKey | ChoiceKey; values: readonly string[] }
  | { kind: "compare"; text: string; not: boolean; key: NumberKey; comparison: Comparison; amount: number }
  | { kind: "bad"; text: string; problem: Problem };

/** Why a term cannot be read, and what to write instead (`messages: jobs.filter.bad.<code>`). */
export type Problem =
  | { code: "unknown-key"; key: string; nearest: string }
  | { code: "no-value"; key: string; example: string }
  | { code: "no-such-choice"; key: string; value: string; nearest: string }
  | { code: "not-a-number"; key: string; example: string }
  | { code: "not-an-age"; example: string }
  | { code: "not-a-share"; example: string }
  | { code: "open-quote" };

const EXAMPLES: Readonly<Record<string, string>> = {
  project: "project:payments/*",
  job: "job:unit-test",
  ref: "ref:main",
  node: "node:ci-1",
  manager: "manager:gitlab-runner-*",
  runner: "runner:abc",
  ns: "ns:ci",
  pod: "pod:runner-*",
  cluster: "cluster:prod",
  id: "id:4711",
  container: "container:postgres",
  image: "image:*node:24*",
  verdict: "verdict:oom-killed",
  phase: "phase:cleanup",
  finding: "finding:oom-kill",
  restarts: "restarts>0",
  age: "age>10m",
  cpu: "cpu>90%",
  mem: "mem>90%",
  throttled: "throttled>25%",
};

/** Splits at spaces outside quotes. Quotes stay, so that a term can be written back as it was. */
export function splitTerms(input: string): string[] {
  return input.match(/(?:[^\s"]|"[^"]*(?:"|$))+/g) ?? [];
}

/** Reads a filter. A term that cannot be read becomes a `bad` one with a remedy; the others still apply. */
export function parseFilter(input: string): Term[] {
  return splitTerms(input).map(parseTerm);
}

/** The same filter as one line, for the address bar and for a link. */
export function formatFilter(terms: readonly Term[]): string {
  return terms.map((term) => term.text).join(" ");
}

function parseTerm(text: string): Term {
  if ((text.split('"').length - 1) % 2 === 1) return { kind: "bad", text, problem: { code: "open-quote" } };
  const not = text.startsWith("-") && text.length > 1;
  const body = not ? text.slice(1) : text;
  const parts = /^([a-z][a-z-]*)(:|>=|<=|>|<|=)(.*)$/is.exec(body);
  if (parts === null) return { kind: "word", text, not, word: unquote(body).toLowerCase() };
  const [, rawKey = "", operator = ":", rawValue = ""] = parts;
  const key = rawKey.toLowerCase();
  if (isOneOf(NUMBER_KEYS, key)) return parseComparison(text, not, key, operator, rawValue);
  if (isOneOf(TEXT_KEYS, key) || isOneOf(CHOICE_KEYS, key)) return parseMatch(text, not, key, rawValue);
  return { kind: "bad", text, problem: { code: "unknown-key", key, nearest: nearestOf(FILTER_KEYS, key) } };
}

function parseMatch(text: string, not: boolean, key: TextKey | ChoiceKey, rawValue: string): Term {
  const values = (rawValue.match(/(?:[^,"]|"[^"]*")+/g) ?? []).map((value) => unquote(value).toLowerCase()).filter((value) => value !== "");
  if (values.length === 0) return { kind: "bad", text, problem: { code: "no-value", key, example: EXAMPLES[key] ?? "" } };
  if (isOneOf(CHOICE_KEYS, key)) {
    const missing = values.find((value) => !CHOICES[key].some((choice) => matcherOf(value)(choice)));
    if (missing !== undefined)
      return { kind: "bad", text, problem: { code: "no-such-choice", key, value: missing, nearest: nearestOf(CHOICES[key], missing) } };
  }
  return { kind: "match", text, not, key, values };
}

function parseComparison(text: string, not: boolean, key: NumberKey, operator: string, rawValue: string): Term {
  const comparison = (operator === ":" ? "=" : operator) as Comparison;
  const share = isOneOf(SHARE_KEYS, key);
  const amount = share ? parseShare(rawValue) : key === "age" ? parseAgeMs(rawValue) : parseCount(rawValue);
  if (amount !== null) return { kind: "compare", text, not, key, comparison, amount };
  const example = EXAMPLES[key] ?? "";
  if (share) return { kind: "bad", text, problem: { code: "not-a-share", example } };
  return { kind: "bad", text, problem: key === "age" ? { code: "not-an-age", example } : { code: "not-a-number", key, example } };
}

/** `90%`, `90` or `2.5%` as a share of one; null when it is none of these. */
function parseShare(text: string): number | null {
  const amount = /^(\d{1,3}(?:\.\d+)?)%?$/.exec(text)?.[1];
  return amount === undefined ? null : Number(amount) / 100;
}

function parseCount(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `10m`, `1h30m`, `2d` as milliseconds; null when it is none of these. */
export function parseAgeMs(text: string): number | null {
  if (!/^(\d+(\.\d+)?[smhd])+$/i.test(text)) return null;
  let sum = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/(\d+(?:\.\d+)?)([smhd])/gi))
    sum += Number(amount) * (UNITS_MS[unit.toLowerCase()] ?? 0);
  return sum;
}

/** Whether a lower-case value fits a pattern with `*`; without `*` it must be the same, letters' case aside. */
export function matcherOf(pattern: string): (value: string) => boolean {
  if (!pattern.includes("*")) return (value) => value.toLowerCase() === pattern;
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const expression = new RegExp(`^${source}$`, "is");
  return (value) => expression.test(value);
}

function unquote(text: string): string {
  return text.replaceAll('"', "");
}

function isOneOf<const T extends string>(list: readonly T[], value: string): value is T {
  return (list as readonly string[]).includes(value);
}

/** The choice that needs the fewest changed letters; a choice that contains the word wins. */
export function nearestOf(choices: readonly string[], word: string): string {
  const within = word.length < 2 ? undefined : choices.find((choice) => choice.includes(word));
  if (within !== undefined) return within;
  return choices.reduce((best, choice) => (editDistance(choice, word) < editDistance(best, word) ? choice : best), choices[0] ?? "");
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}
