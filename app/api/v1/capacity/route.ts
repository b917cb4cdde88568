import { notInThisVersion } from "@/app/api/problem.ts";

export const dynamic = "force-dynamic";

export function GET(): Response {
  return notInThisVersion("Capacity", "the collection of runner manager and container metrics");
}
