import { LOG_READY_MS, withLook, type LogParams } from "@/app/api/find-log.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { logLookSchema } from "@/app/api/schema.ts";

export const dynamic = "force-dynamic";

/** What is held of the log so far, as a file: never shown by the browser itself. */
export function GET(request: Request, context: LogParams): Promise<Response> {
  return withLook(
    request,
    context,
    () => readQuery(request.url, logLookSchema),
    async (desk, look) => {
      const feed = desk.read(look);
      await feed.ready(LOG_READY_MS);
      const parts = feed.text.plain();
      const encoder = new TextEncoder();
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const next = parts.next();
          if (next.done === true) controller.close();
          else controller.enqueue(encoder.encode(next.value));
        },
      });
      return new Response(body, {
        headers: {
          "content-type": "text/plain; charset=utf-8",
          "content-disposition": `attachment; filename="${look.job.pod}.${look.source.replace(":", "-")}.log"`,
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
        },
      });
    },
  );
}
