"use client";

import { useTranslations } from "next-intl";
import { Age } from "@/components/ui/time.tsx";
import type { UnknownReason } from "@/lib/base/known.ts";
import type { Manager } from "@/lib/fleet/schema.ts";

/** Why a manager's own figures are not known: what its port does, else the reason of the figure. */
export function WhyUnread({ manager: { port }, reason }: { manager: Manager; reason: UnknownReason }) {
  const t = useTranslations("managers");
  const j = useTranslations("jobs");
  if (port === null) return t("port.notAsked");
  const { state } = port;
  if (state.state === "failed" || state.state === "stale") {
    const { code } = state.state === "failed" ? state.error : state.lastError;
    return (
      <>
        {t(`port.error.${code}`)}
        {port.at === null ? null : <> · {t.rich("port.lastHeard", { age: () => <Age since={port.at ?? ""} /> })}</>}
      </>
    );
  }
  if (state.state === "forbidden") return t("port.forbidden");
  if (state.state === "connecting") return t("port.connecting");
  if (state.state === "off") return t("port.notAsked");
  return j(`unknown.${reason}`);
}
