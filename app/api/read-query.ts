import { z } from "zod";
import { ProblemError } from "./problem.ts";

/** The query checked against `schema`; a wrong, repeated or unknown parameter is a problem that names it. */
export function readQuery<S extends z.ZodObject>(url: string, schema: S): z.infer<S> {
  const values: Record<string, string> = {};
  const known = Object.keys(schema.shape);
  for (const [name, value] of new URL(url).searchParams) {
    if (!known.includes(name)) {
      throw new ProblemError({
        status: 400,
        code: "unknown-parameter",
        title: "Unknown parameter",
        detail: `"${name.slice(0, 60)}" is not a parameter of this path.`,
        field: name.slice(0, 60),
        remedy: known.length === 0 ? "Leave the query out." : `Known are: ${known.join(", ")}.`,
      });
    }
    if (name in values) throw badParameter(name, "is given more than once", "Give it once.");
    // No name holds it, and PostgreSQL takes no text with it.
    if (value.includes("\0")) throw badParameter(name, "holds a NUL character", "Leave it out.");
    values[name] = value;
  }
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = String(issue?.path[0] ?? "");
  throw badParameter(
    field,
    `is not valid: ${issue?.message ?? "unreadable"}`,
    schema.shape[field] instanceof z.ZodType ? (describe(schema.shape[field]) ?? "See /api/v1/openapi.json.") : "See /api/v1/openapi.json.",
  );
}

export function badParameter(field: string, problem: string, remedy: string): ProblemError {
  return new ProblemError({
    status: 400,
    code: "bad-parameter",
    title: "Bad parameter",
    detail: `Parameter "${field}" ${problem}.`,
    field,
    remedy,
  });
}

function describe(schema: z.ZodType): string | undefined {
  return schema.description;
}
