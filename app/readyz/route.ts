import { json } from "@/app/api/answer.ts";
import { problemResponse } from "@/app/api/problem.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";

export const dynamic = "force-dynamic";

/** 503 until every source of every cluster has delivered its first list, was refused, or has failed: then the picture is whole or says what is missing. */
export async function GET(): Promise<Response> {
  const runtime = await getRuntime();
  if (runtime.status.state === "config-errors") {
    const names = runtime.status.errors.map((error) => error.variable).join(", ");
    return problemResponse({
      status: 503,
      code: "not-ready",
      title: "Not ready",
      detail: `Wrong configuration: ${names}.`,
      remedy: "See the log for what is wrong with each.",
    });
  }
  const missing = runtime.missing();
  if (missing.length > 0)
    return problemResponse({
      status: 503,
      code: "not-ready",
      title: "Not ready",
      detail: `No first list yet from: ${missing.join(", ")}.`,
      remedy: "Wait; /sources shows the state of each.",
    });
  // Without a cluster the pages say what to do, so the server must be reachable.
  return json({ status: runtime.status.state === "no-cluster" ? "no-cluster" : "ready" });
}
