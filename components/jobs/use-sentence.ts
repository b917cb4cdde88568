"use client";

import { useTranslations } from "next-intl";
import { useCallback } from "react";
import type { Sentence } from "@/lib/fleet/schema.ts";

/** Writes a sentence of the fleet in the reader's language. One without words in this version shows its key, so that nothing is hidden. */
export function useSentence(): (sentence: Sentence) => string {
  const t = useTranslations("fleet");
  return useCallback(
    ({ key, values }) => {
      const message = `sentence.${key}`;
      return t.has(message) ? t(message, values) : key;
    },
    [t],
  );
}
