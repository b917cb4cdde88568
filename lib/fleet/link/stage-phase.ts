/** The three phases that only a manager tells apart. */
export type WorkPhase = "sources" | "script" | "artifacts";
export const WORK_PHASES: readonly WorkPhase[] = ["sources", "script", "artifacts"];

/**
 * Phase of a stage of the runner (`common/build.go`). null: `concrete`, which covers all of them, or a name that is not known. Before the
 * sources, `prepare_script` makes the pod and waits for it.
 */
export function phaseOfStage(stage: string): WorkPhase | "starting" | null {
  if (/^($|resolve_secrets$|prepare_)/.test(stage)) return "starting";
  if (/^(get_sources|clear_worktree|restore_cache|download_artifacts)/.test(stage)) return "sources";
  if (/^(step_|build_script|after_script|release)/.test(stage)) return "script";
  return /^(archive_cache|upload_artifacts|cleanup_)/.test(stage) ? "artifacts" : null;
}
