"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import type { Problem } from "@/lib/fleet/schema.ts";
import { useEntity } from "@/lib/stream/client/use-live.tsx";

/** At most one word a minute to a screen reader. */
const QUIET_MS = 60_000;
const NO_PROBLEMS: readonly Problem[] = [];

/** Reads aloud, politely, when the set of things that need somebody changed; nothing for the ones that were there when the page opened. */
export function Announcer() {
  const t = useTranslations("layout");
  const sentence = useSentence();
  const needed = (useEntity("overview", "overview")?.problems ?? NO_PROBLEMS).filter((problem) => problem.group === "needs-you");
  const keys = needed
    .map((problem) => problem.key)
    .toSorted()
    .join("\n");
  const first = needed[0];
  const words = first === undefined ? t("live.announceNone") : `${t("needYou", { count: needed.length })}: ${sentence(first.title)}`;
  const newest = useRef(words);
  const announced = useRef({ keys, at: Number.NEGATIVE_INFINITY });
  const [spoken, setSpoken] = useState("");
  useEffect(() => {
    newest.current = words;
  });
  useEffect(() => {
    if (announced.current.keys === keys) return;
    const waitMs = Math.max(0, announced.current.at + QUIET_MS - performance.now());
    const timer = setTimeout(() => {
      announced.current = { keys, at: performance.now() };
      setSpoken(newest.current);
    }, waitMs);
    return () => clearTimeout(timer);
  }, [keys]);
  return <output className="sr-only">{spoken}</output>;
}
