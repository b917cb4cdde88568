"use client";

import { useTranslations } from "next-intl";
import { Shape } from "@/components/ui/shape.tsx";
import type { SourceState } from "@/lib/base/source-state.ts";

export type BadgeState = SourceState["state"] | "degraded";

const SHAPES = {
  live: { name: "live", tone: "ok" },
  degraded: { name: "degraded", tone: "waiting" },
  stale: { name: "stale", tone: "waiting" },
  connecting: { name: "stale", tone: "unknown" },
  failed: { name: "failed", tone: "danger" },
  forbidden: { name: "forbidden", tone: "danger" },
  off: { name: "off", tone: "unknown" },
} as const satisfies Record<BadgeState, unknown>;

/** A source's state as shape and word; the shape alone, with the word for screen readers, where the word stands elsewhere. */
export function SourceBadge({ state, bare = false }: { state: BadgeState; bare?: boolean }) {
  const t = useTranslations("sources");
  return (
    <span className="fresh" data-state={state}>
      <Shape {...SHAPES[state]} />
      {bare ? <span className="sr-only">{t(`state.${state}`)}</span> : t(`state.${state}`)}
    </span>
  );
}
