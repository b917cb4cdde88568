"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { SourceReport } from "@/lib/base/source-state.ts";
import { formatDurationMs } from "@/lib/base/units.ts";

/** In which way containers are read where it is not the richest one: which, why, and what it cannot tell. */
export function SourceWay({ report }: { report: SourceReport }) {
  const t = useTranslations("sources");
  const { list } = useFormatter();
  const { way, source, state } = report;
  if (way === undefined) return null;
  const name = t(`way.name.${way.name}`);
  const own = source === way.name;
  const because = way.because === null ? null : t(`way.because.${way.because}`);
  const says = own
    ? because === null
      ? null
      : t("way.all", { because })
    : state.state === "live"
      ? t("way.read", { way: name, because: because ?? "" })
      : t("way.replaced", { way: name });
  return (
    <span className="l2 way">
      {[
        says,
        way.lacks.length === 0 ? null : t("way.lacks", { figures: list(way.lacks.map((figure) => t(`figure.${figure}`))) }),
        way.windowMs === null ? null : t("way.window", { span: formatDurationMs(way.windowMs) }),
      ]
        .filter((text) => text !== null)
        .join(" ")}
    </span>
  );
}
