import { z } from "zod";
import { shareText } from "../base/share-equal.ts";
import { scrubText } from "../base/scrub-text.ts";

/** Fields of foreign JSON: what is missing or of another type is null, never an error. */
export const text = (maxLength = 255) =>
  z
    .string()
    .transform((value) => (value === "" ? null : shareText(scrubText(value, maxLength))))
    .catch(null);

export const flag = z.boolean().nullable().catch(null);
export const whole = z.int().nullable().catch(null);

/** A numeric id as text: a number in REST, `gid://gitlab/Ci::Build/7` in GraphQL. */
export const id = z
  .union([z.int().nonnegative(), z.string()])
  .transform((value) => /^(?:gid:\/\/gitlab\/[\w:]+\/)?(\d{1,19})$/.exec(String(value))?.[1] ?? null)
  .catch(null);

/** RFC 3339, or `2016-08-12 15:23:28 UTC` as older webhooks write it; UTC with milliseconds. */
export const time = z
  .string()
  .transform((value) => {
    const iso = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC| \+0000)$/.test(value) ? `${value.slice(0, 10)}T${value.slice(11, 19)}Z` : value;
    const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(iso) ? Date.parse(iso) : Number.NaN;
    return Number.isNaN(ms) ? null : shareText(new Date(ms).toISOString());
  })
  .catch(null);

/** Seconds in, milliseconds out. */
export const seconds = z
  .number()
  .nonnegative()
  .max(1e9)
  .transform((value): number | null => Math.round(value * 1_000))
  .catch(null);

/** An address for people: http(s) only, so that a hostile answer cannot make a `javascript:` link. */
export const webUrl = z
  .string()
  .max(2_048)
  .transform((value) => (/^https?:\/\/[^\s"'<>\\]+$/i.test(value) ? scrubText(value, 2_048) : null))
  .catch(null);

/** At most 100 tags of at most 255 characters, as GitLab's own limits are (50 tags a runner); null: no list. */
export const tags = z
  .array(z.unknown())
  .transform((values): string[] | null =>
    values
      .filter((value) => typeof value === "string" && value !== "")
      .slice(0, 100)
      .map((value) => scrubText(String(value), 255))
      .toSorted(),
  )
  .catch(null);

/** A part that may be missing as a whole. */
export function part<T extends z.ZodType>(schema: T) {
  return schema.nullable().catch(null);
}

/** The objects of a list, bounded; anything else is an empty list. */
export function listOf(raw: unknown, max = 1_000): unknown[] {
  return Array.isArray(raw) ? raw.slice(0, max) : [];
}
