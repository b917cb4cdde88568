import { json } from "@/app/api/answer.ts";
import { LOG_READY_MS, withLook, type LogParams } from "@/app/api/find-log.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { logQuerySchema } from "@/app/api/schema.ts";

export const dynamic = "force-dynamic";

/** Some lines of a log, and how far the whole is. */
export function GET(request: Request, context: LogParams): Promise<Response> {
  const query = () => readQuery(request.url, logQuerySchema);
  return withLook(request, context, query, async (desk, look, at) => {
    const { from = 1, count = 200 } = query();
    const feed = desk.read(look);
    await feed.ready(LOG_READY_MS);
    return json({ at, state: feed.state(), window: feed.text.window(from, count) });
  });
}
