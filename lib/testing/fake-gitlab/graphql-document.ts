/** One field of a selection, with its alias and arguments resolved; fragments are spread. */
export interface FieldNode {
  alias: string;
  name: string;
  args: Record<string, unknown>;
  fields: FieldNode[] | null;
}

const TOKEN = /\s*(\.\.\.|[A-Za-z_]\w*|\$[A-Za-z_]\w*|-?\d+|"[^"]*"|[{}()[\]:,!=|@])/y;

/** Parses the part of GraphQL that the product writes: one query, variables, aliases, arguments, named fragments. Throws on anything else. */
export function parseDocument(query: string, variables: Record<string, unknown>): FieldNode[] {
  const tokens = tokenize(query);
  let at = 0;
  const fragments = new Map<string, () => FieldNode[]>();
  const peek = () => tokens[at];
  const next = () => tokens[at++] ?? fail("the document ends too early");
  const expect = (token: string) => (next() === token ? undefined : fail(`expected ${token} before ${tokens.slice(at, at + 5).join(" ")}`));

  const value = (): unknown => {
    const token = next();
    if (token === "[") {
      const list: unknown[] = [];
      while (peek() !== "]") list.push(value());
      at++;
      return list;
    }
    if (token.startsWith("$")) return token.slice(1) in variables ? variables[token.slice(1)] : fail(`variable ${token} has no value`);
    return token.startsWith('"') ? token.slice(1, -1) : /^-?\d+$/.test(token) ? Number(token) : token;
  };

  const args = (): Record<string, unknown> => {
    const found: Record<string, unknown> = {};
    if (peek() !== "(") return found;
    for (at++; peek() !== ")";) {
      const name = next();
      expect(":");
      found[name] = value();
    }
    at++;
    return found;
  };

  const selection = (): FieldNode[] => {
    const fields: FieldNode[] = [];
    for (expect("{"); peek() !== "}";) {
      const first = next();
      if (first === "...") fields.push(...(fragments.get(next()) ?? fail("unknown fragment"))());
      else {
        const name = peek() === ":" ? (at++, next()) : first;
        fields.push({ alias: first, name, args: args(), fields: peek() === "{" ? selection() : null });
      }
    }
    at++;
    if (fields.length === 0) fail("an empty selection");
    return fields;
  };

  // Fragments may stand after the query: where each begins is noted first.
  tokens.forEach((token, i) => {
    if (token !== "fragment") return;
    fragments.set(tokens[i + 1] ?? "", () => {
      const before = at;
      at = i + 4;
      const fields = selection();
      at = before;
      return fields;
    });
  });
  expect("query");
  if (peek() === "(") while (next() !== ")");
  return selection();
}

function tokenize(query: string): string[] {
  const tokens: string[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < query.trimEnd().length;) {
    const match = TOKEN.exec(query);
    if (match === null) return fail("not GraphQL");
    if (match[1] !== "," && match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
}

function fail(message: string): never {
  throw new Error(`fake GraphQL: ${message}`);
}
