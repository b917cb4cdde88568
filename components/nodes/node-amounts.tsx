"use client";

import { useTranslations } from "next-intl";
import { NoData } from "@/components/jobs/known.tsx";
import { Meter } from "@/components/ui/meter.tsx";
import { Clock } from "@/components/ui/time.tsx";
import type { NodeView } from "@/lib/fleet/schema.ts";
import { formatBytes, formatCpu, formatShare } from "@/lib/base/units.ts";

/** From this share of allocatable on, the next ordinary job may not fit. */
const NEAR_FULL = 0.9;

/** Requested against allocatable for CPU, memory and pods; below it what the machine really uses, or why that is not known. */
export function NodeAmounts({ node }: { node: NodeView }) {
  const t = useTranslations("nodes");
  const { allocatable, requested } = node;
  const rows = [
    { name: "cpu", total: allocatable.cpuMillicores, part: "cpuMillicores", format: formatCpu },
    { name: "memory", total: allocatable.memoryBytes, part: "memoryBytes", format: formatBytes },
    { name: "pods", total: allocatable.pods, part: "pods", format: String },
  ] as const;
  return (
    <ul className="node-amounts">
      {rows.map(({ name, total, part, format }) => (
        <li key={name}>
          <span className="lab">{t(name)}</span>
          {requested.state === "known" ? (
            <Amount label={`${t(name)}, ${node.name}`} value={requested.value[part]} total={total} format={format} />
          ) : (
            <span className="mval">
              <NoData reason={requested.reason} />
              {total === null ? null : <span className="of">/ {format(total)}</span>}
            </span>
          )}
          {node.used.state === "known" && part !== "pods" ? (
            <Amount
              label={t("usedLabel", { what: t(`${name as "cpu"}Used`), name: node.name })}
              value={node.used.value[part]}
              total={total}
              format={format}
              used
            />
          ) : null}
        </li>
      ))}
      <li>
        <span className="lab">{t(node.used.state === "known" ? "usedAt" : "used")}</span>
        <span className="mval">
          {node.used.state === "known" ? <UsedAt at={node.used.at} /> : <NoData reason={node.used.reason} beside />}
        </span>
      </li>
    </ul>
  );
}

function UsedAt({ at }: { at: string }) {
  const t = useTranslations("nodes");
  return <span className="xs">{t.rich("usedAtText", { at: () => <Clock at={at} /> })}</span>;
}

function Amount({
  label,
  value,
  total,
  format,
  used = false,
}: {
  label: string;
  value: number;
  total: number | null;
  format: (amount: number) => string;
  /** Real use, not requests. */
  used?: boolean;
}) {
  const t = useTranslations("nodes");
  if (total === null || total <= 0) {
    return (
      <span className="mval">
        {used ? t("usedOf", { value: format(value) }) : format(value)} <span className="of">{t("noAllocatable")}</span>
      </span>
    );
  }
  const share = value / total;
  return (
    <>
      <span className={used ? "mval used-line" : "mval"}>
        {used ? t("usedOf", { value: format(value) }) : format(value)} <span className="of">/ {format(total)}</span>
        <span className={share >= NEAR_FULL ? "side-note wait" : "side-note"}>{formatShare(share)}</span>
      </span>
      <Meter value={value} max={total} label={label} tone={share > 1 ? "danger" : share >= NEAR_FULL ? "waiting" : "neutral"} />
    </>
  );
}
