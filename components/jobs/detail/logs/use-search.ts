"use client";

import { useEffect, useState } from "react";
import type { LogMatches } from "@/lib/logs/schema.ts";
import type { OpenLog } from "./use-log.ts";
import { readMatches } from "./read-log-answer.ts";

/** A pause of this long in typing asks the server. */
const TYPING_MS = 300;

export interface LogSearch {
  text: string;
  setText: (text: string) => void;
  /** null: nothing is looked for, or the answer has not come. */
  matches: LogMatches | null;
  searching: boolean;
}

/** Looks for a text in the whole log, on the server. A log that has grown is searched when the text changes, not with each line. */
export function useSearch({ address }: OpenLog): LogSearch {
  const [text, setText] = useState("");
  const [matches, setMatches] = useState<LogMatches | null>(null);
  const wanted = text.trim();
  useEffect(() => {
    if (wanted === "") return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      void fetch(address("/search", { q: wanted }), { signal: abort.signal, cache: "no-store" })
        .then(async (response) => setMatches(response.ok ? readMatches(await response.json()) : null))
        .catch(() => {});
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [address, wanted]);
  const found = matches !== null && wanted !== "" && matches.query === wanted ? matches : null;
  return { text, setText, matches: found, searching: wanted !== "" && found === null };
}
