"use client";

import { useTranslations } from "next-intl";
import { Chip } from "@/components/ui/chip.tsx";
import type { Verdict } from "@/lib/fleet/schema.ts";
import { QUIET_VERDICTS, VERDICT_SHAPES } from "./verdict-shape.ts";

interface VerdictChipProps {
  verdict: Pick<Verdict, "kind" | "certainty">;
  /** Grey word and no tint; by default for what needs nobody. */
  quiet?: boolean;
}

/** Shape and word of a verdict; a verdict that is not confirmed says so in words beside it. */
export function VerdictChip({ verdict, quiet }: VerdictChipProps) {
  const t = useTranslations("jobs");
  const { shape, tone } = VERDICT_SHAPES[verdict.kind];
  return (
    <>
      <Chip shape={shape} tone={tone} quiet={quiet ?? QUIET_VERDICTS.has(verdict.kind)}>
        {t(`verdict.${verdict.kind}`)}
      </Chip>
      {verdict.certainty === "confirmed" || verdict.kind === "unknown" ? null : (
        <span className="xs muted">{t(`certainty.${verdict.certainty}`)}</span>
      )}
    </>
  );
}
