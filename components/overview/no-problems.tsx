"use client";

import { useTranslations } from "next-intl";
import { Shape } from "@/components/ui/shape.tsx";
import type { SourceName } from "@/lib/base/source-state.ts";
import { useSources } from "@/lib/stream/client/use-live.tsx";

const CHECKS = [
  ["checkedPods", "kubernetes-pods"],
  ["checkedEvents", "kubernetes-events"],
  ["checkedNodes", "kubernetes-nodes"],
  ["checkedManagers", "kubernetes-pods"],
  ["checkedUse", "kubelet-metrics"],
  ["checkedSlots", "managers"],
  ["checkedQueue", "gitlab"],
] as const satisfies readonly (readonly [words: string, source: SourceName])[];

/** No problem is known: what was looked at, and what was not. Only a live source earns a check mark. */
export function NoProblems() {
  const t = useTranslations("now");
  const sources = useSources();
  const isLive = (name: SourceName) => {
    const reports = sources.filter((report) => report.source === name && report.state.state !== "off");
    return reports.length > 0 && reports.every((report) => report.state.state === "live");
  };
  const checks = CHECKS.map(([words, source]) => ({ words, live: isLive(source) }));
  return (
    <div className="empty">
      <h3>{t(checks.every((check) => check.live) ? "problems.noneTitle" : "problems.noneUnknownTitle")}</h3>
      <p>{t("problems.noneText")}</p>
      <ul className="checklist">
        {checks.map(({ words, live }) => (
          <li key={words} className={live ? undefined : "muted"}>
            <Shape name={live ? "ok" : "unknown"} tone={live ? "ok" : "unknown"} />
            <span>
              {t(`problems.${words}`)}
              {live ? null : <span className="sr-only">: {t("problems.noneUnknownTitle")}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
