import { notFound, problemResponse } from "@/app/api/problem.ts";

export const dynamic = "force-dynamic";

/** What no other route of the API answers: a program must not get a page. */
function nothingHere(): Response {
  return problemResponse(notFound("The API has no such path.", "Use /api/v1/openapi.json to see what is served.").problem);
}

export { nothingHere as GET, nothingHere as POST, nothingHere as PUT, nothingHere as PATCH, nothingHere as DELETE };
