import { createTranslator } from "next-intl";
import { describe, expect, it } from "vitest";
import { SENTENCES } from "@/lib/fleet/sentence-keys.ts";
import en from "./messages/en/fleet.json";
import zh from "./messages/zh-CN/fleet.json";

const keys = Object.keys(SENTENCES) as (keyof typeof SENTENCES)[];

function flatten(messages: object, path = ""): Map<string, string> {
  return new Map(
    Object.entries(messages).flatMap(([key, value]) =>
      typeof value === "string" ? [[path + key, value] as const] : [...flatten(value as object, `${path}${key}.`)],
    ),
  );
}

/** A value for each name: figures where the words count, else a text that cannot be mistaken. */
const COUNTS: ReadonlySet<string> = new Set([
  "count",
  "nodes",
  "live",
  "watch",
  "ready",
  "confirmed",
  "code",
  "failures",
  "used",
  "total",
  "open",
  "survived",
  "ended",
  "more",
  "managers",
  "free",
]);
const valuesOf = (key: keyof typeof SENTENCES, figure: number, text: (name: string) => string) =>
  Object.fromEntries(SENTENCES[key].map((name) => [name, COUNTS.has(name) ? figure : text(name)]));

describe.each([
  ["en", en],
  ["zh-CN", zh],
])("sentences in %s", (locale, messages) => {
  const flat = flatten(messages.sentence);

  it("are there for every key that the fleet can say, and for no other", () => {
    expect([...flat.keys()].toSorted()).toEqual(keys.toSorted());
  });

  const compose = (values: object, key: string) => {
    const errors: unknown[] = [];
    const loose: Record<string, unknown> = { fleet: messages };
    const translate = createTranslator({ locale, messages: loose as never, onError: (error) => errors.push(error) }) as unknown as (
      key: string,
      values: object,
    ) => string;
    return { text: translate(`fleet.sentence.${key}`, values), errors };
  };

  it.each(keys)("%s needs each of its values, and no other", (key) => {
    const all = valuesOf(key, 2, (name) => (name === "source" ? "pods" : `«${name}»`));
    expect(compose(all, key).errors).toEqual([]);
    for (const name of SENTENCES[key]) {
      const { [name]: _left, ...rest } = all;
      expect({ name, errors: compose(rest, key).errors.length }).toEqual({ name, errors: 1 });
    }
  });

  it("compose without an error, for one and for many, and hold the text of every value or say that it is missing", () => {
    for (const key of keys) {
      for (const figure of [0, 1, 2, 1_000]) {
        const { text, errors } = compose(
          valuesOf(key, figure, (name) => (name === "source" ? "pods" : `«${name}»`)),
          key,
        );
        expect({ key, errors }).toEqual({ key, errors: [] });
        expect(`${key}: ${text}`).toMatch(/: \S/);
        expect(text).not.toMatch(/[{}]|sentence\.|undefined/);
        const missing = SENTENCES[key].filter((name) => !COUNTS.has(name) && name !== "source" && !text.includes(`«${name}»`));
        expect({ key, missing }).toEqual({ key, missing: [] });
      }
      const bare = compose(
        valuesOf(key, 1, () => "none"),
        key,
      ).text;
      expect(bare.replaceAll(/ {2}|\s[.,:;](?!\w)|\(\s*\)|（\s*）/g, "!")).toBe(bare);
    }
  });

  it("keep markup and braces from the cluster as plain text", () => {
    const evil = "<b>{count, plural}</b> '{x}'";
    expect(compose({ container: evil, count: 1, job: evil }, "problem.oom").text).toContain(evil);
  });
});
