"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { NoData } from "@/components/jobs/known.tsx";
import { formatBytes, formatCpu } from "@/lib/base/units.ts";
import type { ContainerView } from "@/lib/fleet/schema.ts";

/**
 * Requests, limits and the last use as a small table. Four different things have four different words: no limit is set, no sample came yet,
 * the kubelet does not measure it, and a measured zero.
 */
export function ContainerAmounts({ container }: { container: ContainerView }) {
  const t = useTranslations("job");
  const { requests, limits, state } = container;
  const ended = state.state === "known" && state.value.kind === "terminated";
  const rows = [
    { name: "cpu", request: requests.cpuMillicores, limit: limits.cpuMillicores, format: formatCpu },
    { name: "memory", request: requests.memoryBytes, limit: limits.memoryBytes, format: formatBytes },
    { name: "disk", request: requests.ephemeralStorageBytes, limit: limits.ephemeralStorageBytes, format: formatBytes },
  ] as const;
  return (
    <table className="amounts">
      <caption className="sr-only">{t("containers.amounts", { name: container.name })}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="sr-only">{t("containers.resource")}</span>
          </th>
          {(["request", "limit", ended ? "lastUsed" : "used"] as const).map((name) => (
            <th key={name} scope="col" className="num">
              {t(`containers.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows
          .filter((row) => row.name !== "disk" || row.request !== null || row.limit !== null)
          .map(({ name, request, limit, format }) => (
            <tr key={name}>
              <th scope="row">{t(`containers.${name}`)}</th>
              <td className="num">{request === null ? <span className="faint">{t("containers.noRequest")}</span> : format(request)}</td>
              <td className="num">{limit === null ? <span className="faint">{t("containers.noLimit")}</span> : format(limit)}</td>
              <td className="num">
                <Used container={container} resource={name} />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Used({ container, resource }: { container: ContainerView; resource: "cpu" | "memory" | "disk" }): ReactNode {
  const t = useTranslations("job.usage");
  const { usage } = container;
  if (resource === "disk") return <NoData reason="not-collected" />;
  if (usage.state === "unknown") return <NoData reason={usage.reason} />;
  const { cpuMillicores, memoryBytes, samples } = usage.value;
  const value = resource === "cpu" ? cpuMillicores : memoryBytes;
  if (value !== null) return resource === "cpu" ? formatCpu(value) : formatBytes(value);
  const first = resource === "cpu" && samples < 2;
  return (
    <span className="nodata-t" title={t(first ? "noRateNote" : "notMeasuredNote")}>
      {t(first ? "noRate" : "notMeasured")}
    </span>
  );
}
