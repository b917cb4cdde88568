import { answer, json } from "@/app/api/answer.ts";
import { composeFor, composeOverview } from "@/app/api/compose-sentences.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";
import { z } from "zod";

export const dynamic = "force-dynamic";

/** Headline, problems, slots, sources. */
export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    readQuery(request.url, z.object({}));
    const runtime = await getRuntime();
    const fleet = runtime.fleet();
    return json({
      at: fleet.at,
      clusters: [...fleet.clusters.values()],
      overview: composeOverview(fleet.overview, composeFor(request)),
      sources: runtime.sources(),
    });
  });
}
