import { answer, json } from "@/app/api/answer.ts";
import { ProblemError } from "@/app/api/problem.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { historyQuerySchema } from "@/app/api/schema.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";

export const dynamic = "force-dynamic";

/** Finished jobs of past days, newest first, in pages; what is kept, and which times nobody watched. */
export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    const { limit, cursor, ...filter } = readQuery(request.url, historyQuerySchema);
    const { history } = await getRuntime();
    const page = (await history?.find(filter, limit ?? 50, cursor ?? null)) ?? null;
    const kept = (await history?.kept()) ?? null;
    if (history === null || page === null || kept === null) throw notOpen(history?.state);
    return json({ ...page, kept, writing: history.writing() });
  });
}

function notOpen(state: { state: string; error?: string } | undefined): ProblemError {
  if (state === undefined)
    return new ProblemError({
      status: 503,
      code: "not-ready",
      title: "No history",
      detail: "No history is kept: RUNNERSCOPE_HISTORY_DAYS is 0.",
      remedy: "Set RUNNERSCOPE_HISTORY_DAYS to 1 or more.",
    });
  const detail = state.error ?? "The history is being opened.";
  return new ProblemError({
    status: 503,
    code: "not-ready",
    title: "The history is not open",
    detail,
    remedy: "It is tried again by itself; see the log.",
  });
}
