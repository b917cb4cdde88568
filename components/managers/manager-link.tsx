"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { NoData } from "@/components/jobs/known.tsx";
import { managerPath } from "@/lib/base/manager-path.ts";
import type { Job } from "@/lib/fleet/schema.ts";
import { shortPodName } from "./prepare-slots.ts";

type Holder = Extract<Job["manager"], { state: "known" }>["value"];

/** The manager that holds a job, how that is known, and what speaks against it. */
export function ManagerLink({ cluster, manager, full = false }: { cluster: string; manager: Job["manager"]; full?: boolean }) {
  const says = useHolderWords();
  if (manager.state === "unknown") return <NoData reason={manager.reason} />;
  const { pod, doubt } = manager.value;
  return (
    <Link className="trunc" href={managerPath({ cluster, pod })} title={says(manager.value)}>
      {full ? pod : shortPodName(pod)}
      {doubt === null ? null : <span className="wait"> ?</span>}
      <span className="sr-only">: {says(manager.value)}</span>
    </Link>
  );
}

/** Pod, way of knowing, and doubt in one line. */
function useHolderWords(): (holder: Holder) => string {
  const t = useTranslations("managers");
  return ({ pod, via, doubt }) => {
    const how = via === "debug-list" || via === "gitlab" ? t(`via.${via}`) : via;
    return [pod, how, doubt === null ? null : t(`doubt.${doubt}`)].filter(Boolean).join(" · ");
  };
}
