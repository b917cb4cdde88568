import { answer, json } from "@/app/api/answer.ts";
import { ProblemError } from "@/app/api/problem.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { historyQuerySchema } from "@/app/api/schema.ts";
import type { HistoryKeeper } from "@/lib/runtime/history-keeper.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";

export const dynamic = "force-dynamic";

/** Finished jobs of past days, newest first, in pages; what is kept, and which times nobody watched. */
export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    const { limit, cursor, ...filter } = readQuery(request.url, historyQuerySchema);
    const { history } = await getRuntime();
    const page = (await history?.find(filter, limit ?? 50, cursor ?? null)) ?? null;
    const kept = (await history?.kept()) ?? null;
    if (history === null || page === null || kept === null) throw notOpen(history);
    return json({ ...page, kept, writing: history.writing() });
  });
}

function notOpen(history: HistoryKeeper | null): ProblemError {
  if (history === null)
    return new ProblemError({
      status: 503,
      code: "not-ready",
      title: "No history",
      detail: "No history is kept: RUNNERSCOPE_HISTORY_DAYS is 0.",
      remedy: "Set RUNNERSCOPE_HISTORY_DAYS to 1 or more.",
    });
  const { error, waiting, lost } = history.writing();
  return new ProblemError({
    status: 503,
    code: "not-ready",
    title: "The history is not open",
    detail: `${error ?? "The history is being opened."} Finished jobs that wait in memory: ${waiting}; lost: ${lost}.`,
    remedy: "What runs now is shown all the same.",
  });
}
