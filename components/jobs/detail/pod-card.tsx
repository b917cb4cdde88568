"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import type { ReactNode } from "react";
import { KnownText } from "@/components/jobs/known.tsx";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatBytes, formatCpu, formatDurationMs } from "@/lib/base/units.ts";
import type { Job } from "@/lib/fleet/schema.ts";

/** Where the pod is and what it asks for, with what can be copied. */
export function PodCard({ job }: { job: Job }) {
  const t = useTranslations("job");
  const facts: [name: Parameters<typeof t>[0], value: ReactNode][] = [
    ["pod.namespace", job.namespace],
    ["pod.cluster", job.cluster],
    [
      "pod.node",
      job.node === null ? (
        <span className="faint">{t("notOnNode")}</span>
      ) : (
        <Link className="link" href="/nodes">
          {job.node}
        </Link>
      ),
    ],
    ["pod.ip", job.podIp ?? <span className="faint">–</span>],
    ["pod.qos", job.qosClass ?? <span className="faint">–</span>],
    ["pod.requests", <Sum key="requests" cpu={job.requests.cpuMillicores} memory={job.requests.memoryBytes} />],
    ["pod.limits", <Sum key="limits" cpu={job.limits.cpuMillicores} memory={job.limits.memoryBytes} />],
    [
      "pod.timeout",
      <KnownText key="timeout" fact={job.gitlab.timeoutMs}>
        {(ms) => formatDurationMs(ms)}
      </KnownText>,
    ],
    ["pod.shape", t(`pod.shapes.${job.shape}`)],
    ["pod.firstSeen", <Clock key="first" at={job.firstSeen} />],
    ["pod.lastSeen", <Clock key="last" at={job.lastSeen} />],
  ];
  return (
    <section className="card" aria-labelledby="h-pod">
      <div className="card-head">
        <h2 id="h-pod">{t("pod.title")}</h2>
      </div>
      <div className="card-body stack">
        {(
          [
            ["name", job.pod],
            ["uid", job.uid],
          ] as const
        ).map(([name, value]) => (
          <div key={name} className="copyline">
            <span className="mono xs wrapany">{value}</span>
            <CopyButton text={value} label={t("pod.copy", { what: t(`pod.${name}`) })} iconOnly />
          </div>
        ))}
        <dl className="kv">
          {facts.map(([name, value]) => (
            <div key={name} className="contents">
              <dt>{t(name)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}

/** A sum over the containers; not a number when one of them sets nothing. */
function Sum({ cpu, memory }: { cpu: number | null; memory: number | null }) {
  const t = useTranslations("job");
  if (cpu === null && memory === null) return <span className="faint">{t("pod.noneSet")}</span>;
  return (
    <>
      {cpu === null ? "–" : t("pod.cpuAmount", { amount: formatCpu(cpu) })} · {memory === null ? "–" : formatBytes(memory)}
    </>
  );
}
