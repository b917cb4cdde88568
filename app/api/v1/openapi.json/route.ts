import { json } from "@/app/api/answer.ts";
import { describeApi } from "@/app/api/describe-api.ts";

export const dynamic = "force-dynamic";

let description: unknown;

export function GET(): Response {
  description ??= describeApi();
  return json(description);
}
