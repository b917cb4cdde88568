/** A value that is kept; arrays, inline tables and dates are passed over and never built. */
export type TomlScalar = string | number | boolean;

export interface TomlHandler {
  /** `[a.b]`, or `[[a.b]]` where `repeated`. */
  table(path: readonly string[], repeated: boolean): void;
  /** A line could not be read that may have begun a table: to which one the next lines belong is not known. */
  lost(): void;
  /** Whether the value of this key is wanted. Of the others (tokens, passwords) not even a string is made. */
  wanted(key: readonly string[]): boolean;
  value(key: readonly string[], value: TomlScalar): void;
}

const SPACE = /[ \t]*/y;
const BLANK = /(?:[ \t\r\n]+|#[^\n]*)*/y;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
/** One string of any of TOML's four kinds; the multi-line ones first. */
const STRING = /"""((?:[^\\"]|\\[^]|"(?!""))*)"{3,5}|'''((?:[^']|'(?!''))*)'{3,5}|"([^"\\\n]*(?:\\[^\n][^"\\\n]*)*)"|'([^'\n]*)'/y;
const BARE_VALUE = /[^\s,\]}#]+/y;
/** A value that is missing, and behind it a table's head: no array holds a bare word but these. */
const HEAD_AS_VALUE = /\[[ \t]*(?!(?:true|false|inf|nan)\b)[A-Za-z_]/y;
const END_OF_LINE = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;

/**
 * Walks over the part of TOML 1.0 that runner configurations use: tables, arrays of tables, keys with dots and quotes, strings, numbers,
 * booleans. What it cannot read costs its line, and where it may have been a table's head, the table. Returns the number of such lines.
 */
export function scanToml(text: string, handler: TomlHandler): number {
  return new TomlScanner(text, handler).scan();
}

class TomlScanner {
  readonly #text: string;
  readonly #handler: TomlHandler;
  #at = 0;

  constructor(text: string, handler: TomlHandler) {
    this.#text = text;
    this.#handler = handler;
  }

  scan(): number {
    let unreadable = 0;
    for (this.#match(BLANK); this.#at < this.#text.length; this.#match(BLANK)) {
      const start = this.#at;
      if (this.#text[start] === "[" ? this.#table() : this.#assignment()) continue;
      unreadable += 1;
      const newline = this.#text.indexOf("\n", start);
      this.#at = newline < 0 ? this.#text.length : newline + 1;
      if (this.#text.slice(start, this.#at).includes("[")) this.#handler.lost();
    }
    return unreadable;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #key(): string[] | null {
    const parts: string[] = [];
    for (;;) {
      this.#match(SPACE);
      const bare = this.#match(BARE_KEY)?.[0];
      const quoted = bare === undefined ? this.#match(STRING) : null;
      if (bare === undefined && quoted === null) return null;
      parts.push(bare ?? (quoted === null ? "" : stringOf(quoted)));
      this.#match(SPACE);
      if (this.#text[this.#at] !== ".") return parts;
      this.#at += 1;
    }
  }

  #table(): boolean {
    const repeated = this.#text.startsWith("[[", this.#at);
    this.#at += repeated ? 2 : 1;
    const path = this.#key();
    if (path === null || !this.#text.startsWith(repeated ? "]]" : "]", this.#at)) return false;
    this.#at += repeated ? 2 : 1;
    if (this.#match(END_OF_LINE) === null) return false;
    this.#handler.table(path, repeated);
    return true;
  }

  #assignment(): boolean {
    const key = this.#key();
    if (key === null || this.#text[this.#at] !== "=") return false;
    this.#at += 1;
    this.#match(SPACE);
    const first = this.#text[this.#at];
    if (this.#match(HEAD_AS_VALUE) !== null) return false;
    if (first === "[" || first === "{") return this.#skipNested() && this.#match(END_OF_LINE) !== null;
    const wanted = this.#handler.wanted(key);
    const string = this.#match(STRING);
    const bare = string === null ? this.#match(BARE_VALUE) : null;
    if (string === null && bare === null) return false;
    const value = bare !== null ? bareValue(bare[0]) : wanted && string !== null ? stringOf(string) : null;
    if (this.#match(END_OF_LINE) === null) return false;
    if (wanted && value !== null) this.#handler.value(key, value);
    return true;
  }

  /** Over an array or inline table, with the strings and comments in it. */
  #skipNested(): boolean {
    for (let depth = 0; this.#at < this.#text.length;) {
      this.#match(BLANK);
      const character = this.#text[this.#at];
      if (character === '"' || character === "'") {
        if (this.#match(STRING) === null) return false;
        continue;
      }
      if (character === "[" || character === "{") depth += 1;
      else if (character === "]" || character === "}") depth -= 1;
      this.#at += 1;
      if (depth === 0) return true;
    }
    return false;
  }
}

function stringOf([, multi, literalMulti, basic, literal]: RegExpExecArray): string {
  if (multi !== undefined) return unescape(multi.replace(/^\r?\n/, "").replaceAll(/\\[ \t]*\r?\n\s*/g, ""));
  return literalMulti?.replace(/^\r?\n/, "") ?? (basic === undefined ? (literal ?? "") : unescape(basic));
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };

function unescape(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g, (whole, short?: string, long?: string, one?: string) => {
    if (one !== undefined) return ESCAPES[one] ?? whole;
    const point = Number.parseInt(short ?? long ?? "", 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

function bareValue(text: string): TomlScalar | null {
  if (text === "true" || text === "false") return text === "true";
  const figure = text.replaceAll(/(?<=\d)_(?=\d)/g, "");
  return /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(figure) ? Number(figure) : null;
}
