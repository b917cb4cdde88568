import { answer, json } from "@/app/api/answer.ts";
import { composeFor, composeJob } from "@/app/api/compose-sentences.ts";
import { notFound } from "@/app/api/problem.ts";
import { badParameter } from "@/app/api/read-query.ts";
import { findByGitlabId } from "@/lib/runtime/find-by-gitlab-id.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";

export const dynamic = "force-dynamic";

/** The newest pod of a GitLab job: one job may have had several, and several GitLab instances may share a cluster. */
export function GET(request: Request, context: { params: Promise<{ id: string }> }): Promise<Response> {
  return answer(async () => {
    const { id } = await context.params;
    if (!/^\d{1,20}$/.test(id)) throw badParameter("id", "is not a GitLab job id", "Give the number at the end of the job's URL.");
    const newest = (await findByGitlabId(await getRuntime(), id))[0];
    if (newest === undefined)
      throw notFound(`No pod of GitLab job ${id} is known.`, "It may not have started, or be older than what is kept.");
    return json(composeJob(newest, composeFor(request)));
  });
}
