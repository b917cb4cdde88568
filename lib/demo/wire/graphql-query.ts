/** A field of a query: its alias or name, arguments, and what is asked of it. */
export interface Field {
  key: string;
  name: string;
  args: Record<string, unknown>;
  fields: Field[];
}

const TOKEN = /[A-Za-z_][A-Za-z0-9_]*|\$[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|[{}()[\]:!=]|\.\.\./g;

/** Reads the part of GraphQL that clients of GitLab use: one operation, arguments, variables, aliases; no fragments. Throws on anything else. */
export function parseQuery(text: string, variables: Record<string, unknown>): Field[] {
  const tokens = text.replaceAll(/#.*/g, "").match(TOKEN) ?? [];
  let at = 0;
  const peek = () => tokens[at] ?? "";
  const take = (wanted?: string) => {
    const token = tokens[at++] ?? "";
    if (token === "") throw new Error("Parse error: unexpected end of document");
    if (wanted !== undefined && token !== wanted) throw new Error(`Parse error on "${token}": expected "${wanted}"`);
    return token;
  };
  const value = (): unknown => {
    const token = take();
    if (token.startsWith('"')) return JSON.parse(token) as string;
    if (token.startsWith("$")) return variables[token.slice(1)] ?? null;
    if (token === "[") {
      const list: unknown[] = [];
      while (peek() !== "]") list.push(value());
      take("]");
      return list;
    }
    if (/^-?\d/.test(token)) return Number(token);
    return token === "true" ? true : token === "false" ? false : token === "null" ? null : token;
  };
  const args = () => {
    const found: Record<string, unknown> = {};
    if (peek() !== "(") return found;
    take("(");
    while (peek() !== ")") {
      const name = take();
      take(":");
      found[name] = value();
    }
    take(")");
    return found;
  };
  const selection = (): Field[] => {
    const fields: Field[] = [];
    take("{");
    while (peek() !== "}") {
      if (peek() === "" || peek() === "...") throw new Error(`Parse error on "${peek()}"`);
      const key = take();
      const name = peek() === ":" ? (take(":"), take()) : key;
      fields.push({ key, name, args: args(), fields: [] });
      const field = fields.at(-1);
      if (field && peek() === "{") field.fields = selection();
    }
    take("}");
    return fields;
  };
  while (peek() !== "{" && peek() !== "") {
    if (peek() === "(") while (take() !== ")");
    else take();
  }
  return selection();
}

/** Values of an object type; a function is a field with arguments. */
export type Resolvable = { [field: string]: unknown };

/** Picks what was asked for; an unknown field is an error, as in GitLab. */
export function resolve(source: Resolvable, fields: readonly Field[], type = "Query"): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const field of fields) {
    if (field.name === "__typename") {
      result[field.key] = type;
      continue;
    }
    if (!Object.hasOwn(source, field.name)) throw new Error(`Field '${field.name}' doesn't exist on type '${type}'`);
    const raw = source[field.name];
    const value: unknown = typeof raw === "function" ? (raw as (args: Record<string, unknown>) => unknown)(field.args) : raw;
    result[field.key] = pick(value, field);
  }
  return result;
}

function pick(value: unknown, field: Field): unknown {
  if (Array.isArray(value)) return value.map((item) => pick(item, field));
  if (value === null || value === undefined || typeof value !== "object" || field.fields.length === 0) return value ?? null;
  return resolve(value as Resolvable, field.fields, field.name);
}
