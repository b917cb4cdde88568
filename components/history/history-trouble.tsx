"use client";

import { useTranslations } from "next-intl";
import { Shape } from "@/components/ui/shape.tsx";
import type { HistoryWriting } from "@/lib/history/schema.ts";

/** That what ends is not written now, or was lost: without it the list would look whole. `error` is the database's own word. */
export function HistoryTrouble({ writing }: { writing: HistoryWriting | null }) {
  const t = useTranslations("history.trouble");
  if (writing === null || (writing.error === null && writing.lost === 0)) return null;
  return (
    <output className="banner" data-v={writing.error === null ? "waiting" : "fail"}>
      <Shape name="failed" tone={writing.error === null ? "waiting" : "danger"} />
      <span className="grow">
        <b>{writing.error === null ? t("lostTitle", { count: writing.lost }) : t("title")}</b>{" "}
        {writing.error === null ? t("lost") : t("text", { waiting: writing.waiting, lost: writing.lost, error: writing.error })}
      </span>
    </output>
  );
}
