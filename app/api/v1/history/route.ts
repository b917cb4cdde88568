import { notInThisVersion } from "@/app/api/problem.ts";

export const dynamic = "force-dynamic";

export function GET(): Response {
  return notInThisVersion("History", "the store of finished jobs");
}
