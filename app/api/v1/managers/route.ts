import { answer, json } from "@/app/api/answer.ts";
import { readQuery } from "@/app/api/read-query.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";
import { z } from "zod";

export const dynamic = "force-dynamic";

export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    readQuery(request.url, z.object({}));
    const fleet = (await getRuntime()).fleet();
    return json({ at: fleet.at, items: [...fleet.managers.values()] });
  });
}
