import { withLook, type LogParams } from "@/app/api/find-log.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { logLookSchema } from "@/app/api/schema.ts";
import { openProgress } from "@/lib/runtime/logs/open-progress.ts";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

/** How far the log is, whenever that changes. The lines themselves are asked for as they come into sight. */
export function GET(request: Request, context: LogParams): Promise<Response> {
  return withLook(
    request,
    context,
    () => readQuery(request.url, logLookSchema),
    (desk, look) =>
      new Response(openProgress(desk.follow(look), request.signal), {
        headers: {
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-cache, no-transform",
          "x-accel-buffering": "no",
        },
      }),
  );
}
