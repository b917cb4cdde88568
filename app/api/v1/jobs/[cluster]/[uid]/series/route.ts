import { notInThisVersion } from "@/app/api/problem.ts";

export const dynamic = "force-dynamic";

export function GET(): Response {
  return notInThisVersion("Use over time", "the collection of container metrics");
}
