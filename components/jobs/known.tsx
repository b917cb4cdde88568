"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { Known, UnknownReason } from "@/lib/base/known.ts";

/** "no data" (or "no sample yet") with a dashed underline; the reason stands beside it, or in the title where there is no room. */
export function NoData({ reason, beside = false }: { reason: UnknownReason; beside?: boolean }) {
  const t = useTranslations("jobs");
  // "no sample yet" is its own reason.
  const written = beside && reason !== "not-sampled";
  const why = t(`unknown.${reason}`);
  return (
    <>
      <span className="nodata-t" title={why}>
        {t(reason === "not-sampled" ? "noSample" : "noData")}
        {written ? null : <span className="sr-only">: {why}</span>}
      </span>
      {written ? <span className="xs faint"> {why}</span> : null}
    </>
  );
}

interface KnownTextProps<T> {
  fact: Known<T>;
  children: (value: T) => ReactNode;
  /** Writes the reason beside "no data" instead of into its title. */
  reasonBeside?: boolean;
}

/** The value where it is known, else "no data" and why. Never a zero that nobody measured. */
export function KnownText<T>({ fact, children, reasonBeside = false }: KnownTextProps<T>) {
  return fact.state === "known" ? children(fact.value) : <NoData reason={fact.reason} beside={reasonBeside} />;
}
