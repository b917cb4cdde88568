import { isFields } from "@/lib/base/is-fields.ts";
import type { LogMatches, LogProgress, LogWindow } from "@/lib/logs/schema.ts";

/** Our own server's answers, checked as far as drawing needs it; null: none of ours. A schema library would weigh more than the rest of the log. */
export function readLines(answer: unknown): LogWindow | null {
  const window = isFields(answer) ? answer["window"] : null;
  return isFields(window) && Array.isArray(window["lines"]) && typeof window["total"] === "number"
    ? (window as unknown as LogWindow)
    : null;
}

export function readMatches(answer: unknown): LogMatches | null {
  return isFields(answer) && Array.isArray(answer["lines"]) && typeof answer["total"] === "number"
    ? (answer as unknown as LogMatches)
    : null;
}

export function readProgress(data: string): LogProgress | null {
  try {
    const value: unknown = JSON.parse(data);
    const good = isFields(value) && typeof value["lines"] === "number" && Array.isArray(value["sections"]);
    return good ? (value as unknown as LogProgress) : null;
  } catch {
    return null;
  }
}

/** What a problem (RFC 9457) says; null: it says nothing. */
export function readRefusal(answer: unknown): string | null {
  if (!isFields(answer) || typeof answer["detail"] !== "string") return null;
  return typeof answer["remedy"] === "string" ? `${answer["detail"]} ${answer["remedy"]}` : answer["detail"];
}
