import { isHistoryError } from "@/lib/runtime/history-keeper.ts";
import { ProblemError, problemResponse } from "./problem.ts";

/** JSON that nobody may cache. */
export function json(value: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}

/** Runs the body of a route; a ProblemError becomes its response, a database that does not answer a 503, anything else is the framework's 500. */
export async function answer(work: () => Promise<Response> | Response): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) return problemResponse(error.problem);
    if (isHistoryError(error))
      return problemResponse({
        status: 503,
        code: "not-ready",
        title: "The history does not answer",
        detail: `${error.message}.`,
        remedy: "Ask again in a while; what is not found in memory may be in the history.",
      });
    throw error;
  }
}
