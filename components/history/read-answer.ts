import type { HistoryKept, HistoryPage, HistoryWriting } from "@/lib/history/schema.ts";

/** What `GET /api/v1/history` answers. */
export type HistoryAnswer = HistoryPage & { kept: HistoryKept; writing: HistoryWriting };

/** Checks the outside of an answer, as `lib/stream/envelope.ts` does for frames. Throws when it is another one's, such as a proxy's page. */
export function readAnswer(body: unknown): HistoryAnswer {
  const { items, cursor, kept, writing } = fieldsOf(body);
  const whole = Array.isArray(items) && (cursor === null || typeof cursor === "string") && isObject(kept) && isObject(writing);
  if (!whole) throw new Error("The answer is not a page of the history.");
  return body as HistoryAnswer;
}

/** RFC 9457, as far as it is shown. null: it is not said. */
export function readProblem(body: unknown): { detail: string | null; remedy: string | null } {
  const { detail, remedy } = fieldsOf(body);
  return { detail: typeof detail === "string" ? detail : null, remedy: typeof remedy === "string" ? remedy : null };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const fieldsOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
