import { json } from "@/app/api/answer.ts";
import { LOG_READY_MS, withLook, type LogParams } from "@/app/api/find-log.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { logSearchSchema } from "@/app/api/schema.ts";

export const dynamic = "force-dynamic";

/** Searched here, so that nobody needs the whole log in a browser. */
export function GET(request: Request, context: LogParams): Promise<Response> {
  const query = () => readQuery(request.url, logSearchSchema);
  return withLook(request, context, query, async (desk, look, at) => {
    const feed = desk.read(look);
    await feed.ready(LOG_READY_MS);
    return json({ at, ...(await feed.text.search(query().q, request.signal)) });
  });
}
