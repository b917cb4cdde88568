import { notInThisVersion } from "@/app/api/problem.ts";

export const dynamic = "force-dynamic";

export function GET(): Response {
  return notInThisVersion("The log of a container", "the reading of logs");
}
