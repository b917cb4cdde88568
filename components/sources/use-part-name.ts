"use client";

import { useTranslations } from "next-intl";
import type { SourceReport } from "@/lib/base/source-state.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { answererOf, gitlabPartOf } from "./prepare-sources.ts";

/** What a source's part is called: a namespace, a node, a manager's pod, or what GitLab keeps from the token. null: the source as a whole. */
export function usePartName(): (report: Pick<SourceReport, "source" | "part">) => string | null {
  const t = useTranslations("sources");
  const managers = useCollection("managers");
  return (report) => {
    if (report.part === null) return null;
    const gitlab = gitlabPartOf(report);
    if (gitlab !== null) return t(`gitlabPart.${gitlab}`);
    const answerer = answererOf(report.source);
    if (answerer === "manager")
      return t("partManager", { name: [...managers.values()].find(({ uid }) => uid === report.part)?.pod ?? report.part });
    return answerer === "kubelet" ? t("partNode", { name: report.part }) : t("part", { name: report.part });
  };
}
