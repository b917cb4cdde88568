import type { LogSection } from "@/lib/logs/schema.ts";

/** The runner's own stages around the script (`common/build.go`): read seldom, so folded once they are over. */
const AROUND_THE_SCRIPT =
  /^(resolve_secrets|prepare_executor|prepare_script|get_sources|clear_worktree|restore_cache|download_artifacts|archive_cache|upload_artifacts|cleanup_file_variables)/;

/** Lines of the headers of folded sections. `chosen`: what the reader folded (true) or unfolded (false), by the line of the header. */
export function foldedSections(sections: readonly LogSection[], chosen: ReadonlyMap<number, boolean>): Set<number> {
  return new Set(sections.filter((section) => chosen.get(section.from) ?? isFoldedAtFirst(section)).map(({ from }) => from));
}

function isFoldedAtFirst({ name, to, collapsed }: LogSection): boolean {
  return to !== null && (collapsed || AROUND_THE_SCRIPT.test(name));
}

/** The choices under which this line is in sight. The same map if it is already. */
export function revealLine(
  sections: readonly LogSection[],
  chosen: ReadonlyMap<number, boolean>,
  line: number,
): ReadonlyMap<number, boolean> {
  const folded = foldedSections(sections, chosen);
  const around = sections.filter(({ from, to }) => folded.has(from) && line > from && line <= (to ?? Number.POSITIVE_INFINITY));
  return around.length === 0 ? chosen : new Map([...chosen, ...around.map(({ from }) => [from, false] as const)]);
}
