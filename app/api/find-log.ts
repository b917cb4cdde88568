import { isLogRefused, type Look } from "@/lib/runtime/logs/log-desk.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";
import type { LogSource } from "@/lib/logs/schema.ts";
import { answer } from "./answer.ts";
import { notFound, ProblemError, type Problem } from "./problem.ts";

/** How long an answer waits for a log that is just being opened, milliseconds. */
export const LOG_READY_MS = 10_000;

export interface LogParams {
  params: Promise<{ cluster: string; uid: string }>;
}

const REFUSALS: Readonly<Record<string, Pick<Problem, "status" | "detail" | "remedy">>> = {
  off: {
    status: 403,
    detail: "Logs of this kind may not be read here.",
    remedy: "Whoever runs Runnerscope may allow it: RUNNERSCOPE_LOGS=gitlab, pods, or both.",
  },
  "not-connected": {
    status: 503,
    detail: "What would give this log is not connected.",
    remedy: "For GitLab's trace set GITLAB_URL and GITLAB_TOKEN_FILE.",
  },
  "no-job-number": {
    status: 404,
    detail: "The pod does not say which GitLab job it belongs to.",
    remedy: "Ask for a container's log instead.",
  },
  "no-container": {
    status: 404,
    detail: "The pod has no container of this name.",
    remedy: "The job's containers are in /api/v1/jobs/{cluster}/{uid}.",
  },
  "pod-gone": {
    status: 404,
    detail: "The pod is gone, and what its containers wrote with it.",
    remedy: "Ask for source=gitlab: GitLab keeps the trace.",
  },
  busy: { status: 503, detail: "As many logs are open as are read at the same time.", remedy: "Ask again in a minute." },
  recording: { status: 404, detail: "A recording has no logs.", remedy: "Look at the job where it ran." },
};

/** Finds job and desk, and lets `work` look at the log; what the desk refuses is a problem with its remedy. */
export function withLook(
  request: Request,
  { params }: LogParams,
  query: () => { source: string; look?: string | undefined },
  work: (desk: Awaited<ReturnType<typeof getRuntime>>["logs"], look: Look, at: string) => Promise<Response> | Response,
): Promise<Response> {
  return answer(async () => {
    const { cluster, uid } = await params;
    const { source, look = null } = query();
    const runtime = await getRuntime();
    const found = await runtime.find(cluster, uid);
    if (found === null)
      throw notFound("No job with this cluster and uid is known.", "It may be older than what is kept: see RUNNERSCOPE_HISTORY_DAYS.");
    const from = { address: request.headers.get("x-forwarded-for")?.slice(0, 200) ?? null, agent: agentOf(request) };
    try {
      return await work(runtime.logs, { job: found.job, source: source as LogSource, look, from }, runtime.fleet().at);
    } catch (error) {
      if (!isLogRefused(error)) throw error;
      const refusal = REFUSALS[error.reason] ?? { status: 503, detail: error.message };
      throw new ProblemError({ code: "log-refused", title: "The log is not shown", ...refusal });
    }
  });
}

function agentOf(request: Request): string | null {
  return request.headers.get("user-agent")?.slice(0, 200) ?? null;
}
