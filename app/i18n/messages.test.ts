import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createTranslator } from "next-intl";
import { describe, expect, it } from "vitest";
import { loadMessages } from "./messages.ts";

const root = path.resolve(import.meta.dirname, "../..");
const folder = (locale: string) => path.join(import.meta.dirname, "messages", locale);
const namespacesOn = (locale: string) =>
  readdirSync(folder(locale))
    .map((file) => file.replace(/\.json$/, ""))
    .toSorted();
/** Sentences of the fleet are composed by key on the server and in views: their keys are data, compared with the schema by the fleet's own tests. */
const BY_DATA = ["fleet"];

/** All messages of a namespace by their full key. */
function flatten(value: unknown, prefix = ""): [string, string][] {
  if (typeof value === "string") return [[prefix, value]];
  return Object.entries(value as object).flatMap(([key, inner]) => flatten(inner, prefix === "" ? key : `${prefix}.${key}`));
}

/** Names of arguments and tags of an ICU message, each once. Branches of plural and select are looked into. */
function placeholders(message: string): string[] {
  const names = new Set<string>();
  const text = (from: number, inBranch: boolean): number => {
    let at = from;
    while (at < message.length) {
      const char = message[at];
      const tag = /^<\/?([a-zA-Z]\w*)>/.exec(message.slice(at));
      if (char === "}" && inBranch) return at + 1;
      if (char === "'" && /['{}<#]/.test(message[at + 1] ?? ""))
        at = message[at + 1] === "'" ? at + 2 : message.indexOf("'", at + 1) + 1 || message.length;
      else if (tag !== null) {
        names.add(`<${tag[1]}>`);
        at += tag[0].length;
      } else at = char === "{" ? argument(at + 1) : at + 1;
    }
    return at;
  };
  const argument = (from: number): number => {
    const head = /^\s*(\w+)\s*(,\s*(?:plural|select|selectordinal)\s*,|[^}]*\})/.exec(message.slice(from));
    if (head === null) throw new Error(`No argument at ${from} of: ${message}`);
    names.add(head[1] ?? "");
    let at = from + head[0].length;
    if (!/^,\s*(plural|select)/.test(head[2] ?? "")) return at;
    for (;;) {
      const branch = /^\s*(?:=\d+|\w+)\s*\{/.exec(message.slice(at));
      if (branch === null) return at + (/^\s*\}/.exec(message.slice(at))?.[0].length ?? 1);
      at = text(at + branch[0].length, true);
    }
  };
  text(0, false);
  return [...names].toSorted();
}

interface Use {
  file: string;
  namespace: string;
  /** An exact key, or a pattern where the code puts a value into the key. */
  key: string | RegExp;
}

function sources(): [file: string, text: string][] {
  return ["app", "components"].flatMap((top) =>
    readdirSync(path.join(root, top), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
      .map((file): [string, string] => [path.join(top, file), readFileSync(path.join(root, top, file), "utf8")]),
  );
}

/** The first argument of a call, from behind its bracket to the comma or bracket that ends it. */
function firstArgument(text: string, from: number): string {
  let depth = 0;
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (/["'`]/.test(char)) quote = char;
    else if (/[([{]/.test(char)) depth++;
    else if (/[)\]}]/.test(char) && depth-- === 0) return text.slice(from, at);
    else if (char === "," && depth === 0) return text.slice(from, at);
  }
  return "";
}

const escape = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Keys in an argument: literals that are not compared with something, templates as patterns. */
function keysIn(argument: string): (string | RegExp)[] {
  const literals = [...argument.matchAll(/([=!]==\s*)?(?:"([^"]*)"|`([^`]*)`)/g)].filter(([, compared]) => compared === undefined);
  return literals.map(([, , literal, template]) =>
    literal !== undefined
      ? literal
      : new RegExp(
          `^${(template ?? "")
            .split(/\$\{[^}]*\}/)
            .map(escape)
            .join(".+")}$`,
        ),
  );
}

function scan(): { uses: Use[]; namespacesOf: Map<string, Set<string>> } {
  const uses: Use[] = [];
  const namespacesOf = new Map<string, Set<string>>();
  for (const [file, text] of sources()) {
    const declared = [...text.matchAll(/const (\w+) = (?:await )?(?:use|get)Translations\("([\w.]+)"\)/g)].map(
      ({ index, 1: name = "", 2: namespace = "" }) => ({ index, name, namespace }),
    );
    for (const namespace of declared.map((one) => one.namespace.split(".")[0] ?? ""))
      namespacesOf.set(file, (namespacesOf.get(file) ?? new Set()).add(namespace));
    for (const call of text.matchAll(/(?<![\w.])(\w+)(?:\.rich|\.markup)?\(/g)) {
      const owner = declared.findLast(({ index, name }) => name === call[1] && index < call.index);
      if (owner === undefined) continue;
      const [namespace = "", ...inner] = owner.namespace.split(".");
      const prefix = inner.length === 0 ? "" : `${inner.join(".")}.`;
      for (const key of keysIn(firstArgument(text, call.index + call[0].length))) {
        uses.push({
          file,
          namespace,
          key: typeof key === "string" ? prefix + key : new RegExp(key.source.replace("^", `^${escape(prefix)}`)),
        });
      }
    }
  }
  return { uses, namespacesOf };
}

const matches = (key: string | RegExp, name: string) => (typeof key === "string" ? key === name : key.test(name));

describe("messages", async () => {
  const en = await loadMessages("en");
  const zh = await loadMessages("zh-CN");
  const words = new Map(Object.entries(en).map(([namespace, tree]) => [namespace, new Map(flatten(tree))]));

  it("every file of both languages is loaded", () => {
    expect(Object.keys(en).toSorted()).toEqual(namespacesOn("en"));
    expect(namespacesOn("zh-CN")).toEqual(namespacesOn("en"));
  });

  it.each(namespacesOn("en"))("%s: same keys and same placeholders in both languages, none empty", (namespace) => {
    const chinese = new Map(flatten(zh[namespace]));
    const english = words.get(namespace) ?? new Map<string, string>();
    expect([...chinese.keys()].toSorted()).toEqual([...english.keys()].toSorted());
    for (const [key, message] of english) {
      expect({ key, names: placeholders(chinese.get(key) ?? "") }).toEqual({ key, names: placeholders(message) });
      expect(message.trim() !== "" && chinese.get(key)?.trim() !== "").toBe(true);
    }
  });

  it.each([
    ["en", en],
    ["zh-CN", zh],
  ] as const)("%s: every message can be formatted", (locale, messages) => {
    const broken: string[] = [];
    const t = createTranslator({ locale, messages: messages as never, onError: (error) => broken.push(error.message) }) as unknown as {
      markup: (key: string, values: object) => string;
    };
    for (const [namespace, tree] of Object.entries(messages)) {
      for (const [key, message] of flatten(tree)) {
        const values = Object.fromEntries(
          placeholders(message).map((name) => (name.startsWith("<") ? [name.slice(1, -1), (inner: string) => inner] : [name, 2])),
        );
        t.markup(`${namespace}.${key}`, values);
      }
    }
    expect(broken).toEqual([]);
  });

  it("every key that a view asks for exists", () => {
    const { uses } = scan();
    expect(uses.length).toBeGreaterThan(200);
    const missing = uses.filter(({ namespace, key }) => ![...(words.get(namespace)?.keys() ?? [])].some((name) => matches(key, name)));
    expect(missing.map(({ file, namespace, key }) => `${file}: ${namespace}.${String(key)}`)).toEqual([]);
  });

  it("no message is without a view", () => {
    const { uses, namespacesOf } = scan();
    const texts = new Map(sources());
    const unused = [...words].flatMap(([namespace, messages]) => {
      if (BY_DATA.includes(namespace)) return [];
      const own = uses.filter((use) => use.namespace === namespace);
      // A key may stand in a table of the same file, or of a file that the view imports its kinds from.
      const text = [...namespacesOf]
        .filter(([, names]) => names.has(namespace))
        .map(([file]) => texts.get(file) ?? "")
        .join("\n");
      return [...messages.keys()]
        .filter((name) => !own.some(({ key }) => matches(key, name)))
        .filter((name) => !name.split(".").some((_, cut, parts) => text.includes(`"${parts.slice(cut).join(".")}"`)))
        .map((name) => `${namespace}.${name}`);
    });
    expect(unused).toEqual([]);
  });

  it("the reader of placeholders finds arguments in branches, tags and quotes", () => {
    expect(placeholders("<b>{shown, number} of {total, number}</b> jobs")).toEqual(["<b>", "shown", "total"]);
    expect(placeholders("{count, plural, =0 {none of {all}} one {# job} other {# <b>jobs</b> in {place}}} at {at, time}")).toEqual([
      "<b>",
      "all",
      "at",
      "count",
      "place",
    ]);
    expect(placeholders("a '{not}' one, it''s {one}")).toEqual(["one"]);
  });
});
