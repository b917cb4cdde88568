"use client";

import { useTranslations } from "next-intl";
import type { StripName } from "@/components/overview/prepare-strip.ts";
import { Age } from "@/components/ui/time.tsx";
import { SourceBadge } from "./source-badge.tsx";
import { useSourceStrip } from "./use-source-strip.ts";

/** How old the newest word of a kind of source is, and how many of its parts tell; the word instead where none does. */
export function GroupFresh({ name }: { name: StripName }) {
  const t = useTranslations("sources");
  const cell = useSourceStrip().find((one) => one.name === name);
  if (cell === undefined) return <SourceBadge state="off" />;
  const aged = cell.lastHeardAt !== null && (cell.state === "live" || cell.state === "degraded" || cell.state === "stale");
  return (
    <span className="fresh" data-state={cell.state}>
      <SourceBadge state={cell.state} bare={aged} />
      {aged ? (
        <span>
          <Age since={cell.lastHeardAt ?? ""} />
          {cell.live === cell.all ? null : ` · ${t("partsOf", { live: cell.live, all: cell.all })}`}
        </span>
      ) : null}
    </span>
  );
}
