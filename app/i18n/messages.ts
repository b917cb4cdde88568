import type { Locale } from "@/components/layout/preferences.ts";

/** One file a namespace and language; a test compares them. */
const NAMESPACES = ["common", "fleet", "history", "job", "joblog", "jobs", "layout", "managers", "nodes", "now", "sources"] as const;

/** All words of a language, by namespace. */
export async function loadMessages(locale: Locale): Promise<Record<string, Record<string, unknown>>> {
  const files = await Promise.all(
    NAMESPACES.map(
      async (name) =>
        [name, ((await import(`./messages/${locale}/${name}.json`)) as { default: Record<string, unknown> }).default] as const,
    ),
  );
  return Object.fromEntries(files);
}
