import { answer, json } from "@/app/api/answer.ts";
import { composeFor, composeJob } from "@/app/api/compose-sentences.ts";
import { findJobs } from "@/app/api/find-jobs.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { jobsQuerySchema } from "@/app/api/schema.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";

export const dynamic = "force-dynamic";

/** Jobs, newest first, in pages. */
export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    const query = readQuery(request.url, jobsQuerySchema);
    const fleet = (await getRuntime()).fleet();
    const { items, nextCursor } = findJobs(fleet, query);
    const compose = composeFor(request);
    return json({ at: fleet.at, items: items.map((job) => composeJob(job, compose)), nextCursor });
  });
}
