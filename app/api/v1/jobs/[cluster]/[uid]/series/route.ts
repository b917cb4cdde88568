import { answer, json } from "@/app/api/answer.ts";
import { notFound } from "@/app/api/problem.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";

export const dynamic = "force-dynamic";

/** What the job's containers used over time, as their kubelet sampled it; empty where it did not. */
export function GET(_request: Request, context: { params: Promise<{ cluster: string; uid: string }> }): Promise<Response> {
  return answer(async () => {
    const { cluster, uid } = await context.params;
    const runtime = await getRuntime();
    const found = await runtime.find(cluster, uid);
    if (found === null)
      throw notFound("No job with this cluster and uid is known.", "It may be older than what is kept: see RUNNERSCOPE_HISTORY_DAYS.");
    return json({ at: runtime.fleet().at, items: found.series });
  });
}
