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

type Looked = "live" | "off" | "unsure";

/** No problem is known: what was looked at, and what was not. Only a live source earns a check mark. */
export function NoProblems() {
  const t = useTranslations("now");
  const sources = useSources();
  const looked = (name: SourceName): Looked => {
    const on = sources.filter((report) => report.source === name && report.state.state !== "off");
    // Kubernetes is always on: that nobody reports means that it begins.
    if (on.length === 0) return name.startsWith("kubernetes-") ? "unsure" : "off";
    return on.every((report) => report.state.state === "live") ? "live" : "unsure";
  };
  const checks = CHECKS.map(([words, source]) => ({ words, looked: looked(source) }));
  return (
    <div className="empty">
      <h3>{t(checks.some((check) => check.looked === "unsure") ? "problems.noneUnknownTitle" : "problems.noneTitle")}</h3>
      <p>{t("problems.noneText")}</p>
      <ul className="checklist">
        {checks.map((check) => (
          <li key={check.words} className={check.looked === "live" ? undefined : "muted"}>
            <Shape name={SIGNS[check.looked]} tone={check.looked === "live" ? "ok" : "unknown"} />
            <span>
              {t(`problems.${check.words}`)}
              {check.looked === "off" ? <span className="faint">: {t("problems.notOn")}</span> : null}
              {check.looked === "unsure" ? <span className="sr-only">: {t("problems.noneUnknownTitle")}</span> : null}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const SIGNS = { live: "ok", off: "off", unsure: "unknown" } as const;
