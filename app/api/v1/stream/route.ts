import { answer } from "@/app/api/answer.ts";
import { notFound, ProblemError } from "@/app/api/problem.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { streamQuerySchema } from "@/app/api/schema.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";
import type { Topic } from "@/lib/stream/frame.ts";
import { openStream } from "@/lib/stream/server/open-stream.ts";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

/** Server-Sent Events: see lib/stream/frame.ts. `no-transform` keeps proxies and Next's compression from holding frames back. */
export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    const query = readQuery(request.url, streamQuerySchema);
    const topic = (query.topic ?? "fleet") as Topic;
    const { hub } = await getRuntime();
    const body = openStream(hub, topic, held(query, request.headers.get("last-event-id")), request.signal, query.once === "1");
    if (body === null) {
      if (topic === "fleet")
        throw new ProblemError({
          status: 503,
          code: "stopping",
          title: "Stopping",
          detail: "The server is stopping.",
          remedy: "Connect again in a few seconds.",
        });
      throw notFound(
        "No job with this cluster and uid is known.",
        "It may be older than what is kept: see RUNNERSCOPE_KEEP_JOBS and RUNNERSCOPE_KEEP_MINUTES.",
      );
    }
    return new Response(body, {
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" },
    });
  });
}

/** What the viewer holds: from the query, else from the header that EventSource sends when it reconnects by itself (`<epoch>:<revision>`). */
function held(
  query: { epoch?: string | undefined; after?: number | undefined },
  lastEventId: string | null,
): { epoch: string; revision: number } | null {
  if (query.epoch !== undefined && query.after !== undefined && lastEventId === null) return { epoch: query.epoch, revision: query.after };
  const match = /^([\w-]{1,100}):(\d{1,15})$/.exec(lastEventId ?? "");
  return match?.[1] !== undefined ? { epoch: match[1], revision: Number(match[2]) } : null;
}
