import { answer, json } from "@/app/api/answer.ts";
import { composeFor, composeJob } from "@/app/api/compose-sentences.ts";
import { notFound } from "@/app/api/problem.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";

export const dynamic = "force-dynamic";

export function GET(request: Request, context: { params: Promise<{ cluster: string; uid: string }> }): Promise<Response> {
  return answer(async () => {
    const { cluster, uid } = await context.params;
    const found = await (await getRuntime()).find(cluster, uid);
    if (found === null)
      throw notFound("No job with this cluster and uid is known.", "It may be older than what is kept: see RUNNERSCOPE_HISTORY_DAYS.");
    return json(composeJob(found.job, composeFor(request)));
  });
}
