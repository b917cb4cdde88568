/** How the rules are made short for a test: one minute of theirs is one second. */
const MINUTE_S = 1;
/** Limits that are times themselves: a wait of five minutes is one of 30 s, a source's age of three minutes one of two (bookmarks of a quiet watch come each minute). */
const LIMITS = [
  ["runnerscope_oldest_wait_seconds) > 300", "runnerscope_oldest_wait_seconds) > 30"],
  ["> 180", "> 120"],
] as const;

/**
 * The product's rules as they are, with three changes: `for` of N minutes is N seconds and so is an average over ten, groups are evaluated each second, and the two limits that
 * are times are shorter. Links lead to `url`. Throws where a text that it changes is not there: then the rules are others.
 */
export function shortenRules(rules: string, url: string): string {
  const changes: readonly (readonly [string | RegExp, string | ((text: string, minutes: string) => string)])[] = [
    [/for: (\d+)m$/gm, (_, minutes) => `for: ${Number(minutes) * MINUTE_S}s`],
    [/\[10m\]/g, () => `[${10 * MINUTE_S}s]`],
    ["interval: 30s", "interval: 1s"],
    ["http://runnerscope.example", url],
    ...LIMITS,
  ];
  return changes.reduce((text, [from, to]) => {
    const changed = typeof to === "string" ? text.replaceAll(from, to) : text.replaceAll(from, to);
    if (changed === text) throw new Error(`The rules have no ${String(from)}.`);
    return changed;
  }, rules);
}
