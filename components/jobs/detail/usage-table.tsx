"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatBytes, formatCpu, formatShare, formatTPlus } from "@/lib/base/units.ts";
import type { UsagePoint } from "@/lib/metrics/schema.ts";

/** The samples behind the charts, drawn when asked for. */
export function UsageTable({ name, points, zeroMs }: { name: string; points: readonly UsagePoint[]; zeroMs: number }) {
  const t = useTranslations("job.usage");
  const [open, setOpen] = useState(false);
  if (points.length === 0) return null;
  return (
    <details className="fold samples" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("samples", { count: points.length })}</summary>
      {open ? (
        <ScrollBox label={t("tableOf", { name })}>
          <table>
            <caption className="sr-only">{t("tableOf", { name })}</caption>
            <thead>
              <tr>
                {(["at", "clock", "cpu", "throttledHead", "memory"] as const).map((key) => (
                  <th key={key} scope="col" className="num">
                    {t(key)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {points.map((point) => (
                <tr key={point.toMs}>
                  <td className="num nowrap">{formatTPlus(point.toMs - zeroMs)}</td>
                  <td className="num nowrap">
                    <Clock at={new Date(point.toMs).toISOString()} />
                  </td>
                  <Value value={point.cpuMillicores} format={formatCpu} />
                  <Value value={point.throttledShare} format={formatShare} />
                  <Value value={point.memoryBytes} format={formatBytes} />
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      ) : null}
    </details>
  );
}

function Value({ value, format }: { value: number | null; format: (amount: number) => string }) {
  const t = useTranslations("job.usage");
  return <td className="num nowrap">{value === null ? <span className="faint">{t("none")}</span> : format(value)}</td>;
}
