import { answer } from "@/app/api/answer.ts";
import { notFound, problemResponse } from "@/app/api/problem.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";

export const dynamic = "force-dynamic";

/** GitLab's job and pipeline events. Taken only with the secret of GITLAB_WEBHOOK_SECRET_FILE in `X-Gitlab-Token`; answers at once, as GitLab wants it. */
export function POST(request: Request): Promise<Response> {
  return answer(async () => {
    const { gitlab } = await getRuntime();
    const body = request.body ?? new Blob([]).stream();
    const status = (await gitlab?.hook({ token: request.headers.get("x-gitlab-token"), body })) ?? null;
    if (status === 200) return new Response(null, { status: 204 });
    if (status === null)
      return problemResponse(
        notFound("Webhooks are not taken.", "Set GITLAB_URL, GITLAB_TOKEN_FILE and GITLAB_WEBHOOK_SECRET_FILE.").problem,
        {
          connection: "close",
        },
      );
    return refused(status);
  });
}

/** The connection is closed after it: who sends a body without end would otherwise go on, and the server go on to read it. */
function refused(status: 400 | 401 | 413): Response {
  const detail = { 400: "The body is no event of GitLab.", 401: "X-Gitlab-Token is missing or wrong.", 413: "The body is too large." }[
    status
  ];
  const remedy =
    status === 401
      ? "Give the webhook in GitLab the same secret token as the file GITLAB_WEBHOOK_SECRET_FILE."
      : "Send only GitLab's job and pipeline events here.";
  return problemResponse({ status, code: "bad-parameter", title: "Webhook refused", detail, remedy }, { connection: "close" });
}
