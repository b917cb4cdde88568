export interface Matcher {
  name: string;
  op: "=" | "!=" | "=~" | "!~";
  value: string;
}

export type Expression =
  | { kind: "number"; value: number }
  | { kind: "selector"; matchers: Matcher[]; rangeMs: number | null }
  | { kind: "call"; name: string; args: Expression[] }
  | { kind: "aggregate"; name: string; by: string[] | null; without: string[] | null; argument: Expression; parameter: Expression | null }
  | { kind: "binary"; op: string; left: Expression; right: Expression; on: string[] | null };

const AGGREGATES = new Set(["sum", "max", "min", "avg", "count", "topk", "bottomk", "quantile"]);
const TOKEN =
  /\s*(?:([A-Za-z_:][A-Za-z0-9_:]*)|(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(=~|!~|!=|==|>=|<=|[-+*/(){}[\],=<>]))/y;
const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A duration such as `5m` or `1h30m`, ms. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|[smhdw])/g)];
  if (parts.length === 0) throw new Error(`bad duration "${text}"`);
  return parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? ""] ?? 0), 0);
}

/** The part of PromQL that dashboards of job pods use: selectors, ranges, functions, aggregations, arithmetic and comparison. Throws on the rest. */
export function parsePromql(text: string): Expression {
  const parser = new Parser(text);
  const expression = parser.binary(0);
  parser.end();
  return expression;
}

const LEVELS = [
  ["and", "or", "unless"],
  ["==", "!=", ">", "<", ">=", "<="],
  ["+", "-"],
  ["*", "/"],
];

class Parser {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    TOKEN.lastIndex = 0;
    let position = 0;
    while (position < text.trimEnd().length) {
      // Durations stand in brackets only; they are one token.
      const range = /^\s*\[\s*([0-9a-z]+)\s*\]/.exec(text.slice(position));
      TOKEN.lastIndex = position;
      const found = range ?? TOKEN.exec(text);
      if (!found) throw new Error(`parse error at char ${position + 1}`);
      this.#tokens.push(range ? `[${range[1]}` : (found[0] ?? "").trim());
      position += found[0].length;
    }
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw new Error(`parse error: unexpected "${this.#peek()}"`);
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? "";
  }

  #take(wanted?: string): string {
    const token = this.#tokens[this.#at++] ?? "";
    if (token === "") throw new Error("parse error: unexpected end of input");
    if (wanted !== undefined && token !== wanted) throw new Error(`parse error: unexpected "${token}", expected "${wanted}"`);
    return token;
  }

  binary(level: number): Expression {
    const ops = LEVELS[level];
    if (!ops) return this.#primary();
    let left = this.binary(level + 1);
    while (ops.includes(this.#peek())) {
      const op = this.#take();
      const on = this.#peek() === "on" ? (this.#take(), this.#names()) : null;
      left = { kind: "binary", op, left, right: this.binary(level + 1), on };
    }
    return left;
  }

  #names(): string[] {
    const names: string[] = [];
    this.#take("(");
    while (this.#peek() !== ")") {
      names.push(this.#take());
      if (this.#peek() === ",") this.#take();
    }
    this.#take(")");
    return names;
  }

  #primary(): Expression {
    const token = this.#peek();
    if (token === "-") {
      this.#take();
      return { kind: "binary", op: "*", left: { kind: "number", value: -1 }, right: this.#primary(), on: null };
    }
    if (token === "(") {
      this.#take();
      const inner = this.binary(0);
      this.#take(")");
      return inner;
    }
    if (/^\d/.test(token)) return { kind: "number", value: Number(this.#take()) };
    if (token === "{") return this.#selector("");
    const name = this.#take();
    if (AGGREGATES.has(name) && ["(", "by", "without"].includes(this.#peek())) return this.#aggregate(name);
    if (this.#peek() === "(") return { kind: "call", name, args: this.#args() };
    return this.#selector(name);
  }

  #args(): Expression[] {
    const args: Expression[] = [];
    this.#take("(");
    while (this.#peek() !== ")") {
      args.push(this.binary(0));
      if (this.#peek() === ",") this.#take();
    }
    this.#take(")");
    return args;
  }

  #aggregate(name: string): Expression {
    let by: string[] | null = null;
    let without: string[] | null = null;
    const grouping = () => {
      if (this.#peek() === "by") by = (this.#take(), this.#names());
      else if (this.#peek() === "without") without = (this.#take(), this.#names());
    };
    grouping();
    const args = this.#args();
    grouping();
    const argument = args.at(-1);
    if (!argument) throw new Error(`parse error: ${name} needs an argument`);
    return { kind: "aggregate", name, by, without, argument, parameter: args.length > 1 ? (args[0] ?? null) : null };
  }

  #selector(name: string): Expression {
    const matchers: Matcher[] = name === "" ? [] : [{ name: "__name__", op: "=", value: name }];
    if (this.#peek() === "{") {
      this.#take();
      while (this.#peek() !== "}") {
        const label = this.#take();
        const op = this.#take() as Matcher["op"];
        matchers.push({ name: label, op, value: this.#take().slice(1, -1).replaceAll(/\\(.)/g, "$1") });
        if (this.#peek() === ",") this.#take();
      }
      this.#take("}");
    }
    const range = this.#peek().startsWith("[") ? parseDuration(this.#take().slice(1)) : null;
    return { kind: "selector", matchers, rangeMs: range };
  }
}
