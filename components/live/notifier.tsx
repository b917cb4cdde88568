"use client";

import { useTranslations } from "next-intl";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { useNotify } from "@/components/layout/use-notify.ts";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import type { Problem } from "@/lib/fleet/schema.ts";
import { useEntity } from "@/lib/stream/client/use-live.tsx";
import { newTopProblem } from "./prepare-page-state.ts";

const NONE: readonly Problem[] = [];

/** A notification of the desktop for a new worst problem; off until somebody switches it on. Those that were there when the page opened are not new. */
export function Notifier() {
  const t = useTranslations("layout");
  const sentence = useSentence();
  const router = useRouter();
  const { on } = useNotify();
  const overview = useEntity("overview", "overview");
  const problems = overview?.problems ?? NONE;
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    if (overview === undefined) return;
    const before = known.current;
    known.current = new Set([...(before ?? []), ...problems.map((problem) => problem.key)]);
    const top = before === null || !on ? null : newTopProblem(problems, before);
    if (top === null) return;
    const note = new Notification(sentence(top.title), {
      body: top.detail === null ? t("notify.body") : sentence(top.detail),
      tag: "runnerscope-problem",
    });
    note.addEventListener("click", () => {
      window.focus();
      router.push(top.target);
      note.close();
    });
  }, [overview, problems, on, sentence, router, t]);
  return null;
}
