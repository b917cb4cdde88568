/** Exit codes that have words of their own (`messages: job.exit.<key>`); `signal`: 128 and the number of a signal. */
export type ExitWords = "137-late" | "137-oom" | "137" | "143" | "139" | "127" | "126" | "1" | "signal" | "other";

export interface ExitMeaning {
  say: ExitWords;
  /** The signal's number where the code tells one. */
  signal: number | null;
}

/**
 * What an exit code means. 0 and nothing mean nothing. 137 alone proves no kill for memory: a deleted pod's containers all end with it, and any
 * `kill -9` does (seen on a real node; only the reason OOMKilled tells).
 */
export function explainExit(
  code: number | null,
  { reason, afterDeletion }: { reason: string | null; afterDeletion: boolean },
): ExitMeaning | null {
  if (code === null || code === 0) return null;
  if (code === 137) return { say: reason === "OOMKilled" ? "137-oom" : afterDeletion ? "137-late" : "137", signal: 9 };
  if (code === 143 || code === 139) return { say: String(code) as "143", signal: code - 128 };
  if (code === 127 || code === 126 || code === 1) return { say: String(code) as "127", signal: null };
  return code > 128 && code <= 128 + 64 ? { say: "signal", signal: code - 128 } : { say: "other", signal: null };
}
