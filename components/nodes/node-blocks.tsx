"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import type { CSSProperties } from "react";
import { jobPathOfKey } from "@/components/jobs/detail/job-path.ts";
import { formatCpu, formatShare } from "@/lib/base/units.ts";
import type { NodeView } from "@/lib/fleet/schema.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { packNode } from "./prepare-node-blocks.ts";
import type { PackedBlock, PackedKind, PackedNode } from "./prepare-node-blocks.ts";

/** The node's allocatable CPU as one bar: a block a pod, as wide as its request. Job blocks lead to their jobs. */
export function NodeBlocks({ node }: { node: NodeView }) {
  const t = useTranslations("nodes");
  const packed = packNode(node);
  if (packed === null) return <p className="sm muted">{t("noAllocatable")}</p>;
  const total = node.allocatable.cpuMillicores ?? 0;
  const complete = node.requested.state === "known";
  return (
    <div>
      <h3 className="lab">{t("blocks")}</h3>
      <ul className="packed" aria-label={t("blocksLabel", { node: node.name })}>
        {packed.blocks.map((block) => (
          <li key={block.id} style={{ "--w": block.share } as CSSProperties} data-k={block.kind}>
            <BlockBody block={block} />
          </li>
        ))}
        {packed.free > 0 ? (
          <li style={{ "--w": packed.free } as CSSProperties} data-k={complete ? "free" : "unseen"}>
            <span title={complete ? undefined : t("scopeRequested")}>
              {complete ? t("free", { cpu: formatCpu(Math.max(0, total - requestedCpu(packed))) }) : "?"}
            </span>
          </li>
        ) : null}
      </ul>
      <BlockNotes packed={packed} complete={complete} />
    </div>
  );
}

function requestedCpu({ blocks }: PackedNode): number {
  return blocks.reduce((sum, block) => sum + block.cpuMillicores, 0);
}

function BlockBody({ block }: { block: PackedBlock }) {
  const t = useTranslations("nodes");
  const jobs = useCollection("jobs");
  const job = block.key === null ? undefined : jobs.get(block.key);
  const name = job?.gitlab.name.state === "known" ? job.gitlab.name.value : block.name;
  const values = { name, cpu: formatCpu(block.cpuMillicores), share: formatShare(block.share), count: block.pods };
  const label = `${t(`kinds.${block.kind}`)} · ${block.kind === "rest" ? t("blockRest", values) : t("block", values)}`;
  if (block.key === null) {
    return (
      <span title={label}>
        {block.kind === "rest" ? t("rest", { count: block.pods }) : name}
        <span className="sr-only"> {label}</span>
      </span>
    );
  }
  return (
    <Link href={jobPathOfKey(block.key)} title={label} aria-label={label} prefetch={false}>
      {name}
    </Link>
  );
}

const KINDS: readonly PackedKind[] = ["job", "manager", "pause", "other", "rest"];

function BlockNotes({ packed, complete }: { packed: PackedNode; complete: boolean }) {
  const t = useTranslations("nodes");
  const here = KINDS.filter((kind) => packed.blocks.some((block) => block.kind === kind));
  const unsetJobs = packed.unset.filter((block) => block.key !== null);
  return (
    <p className="legend">
      {here.map((kind) => (
        <span key={kind}>
          <i className="sw" data-k={kind} aria-hidden="true" />
          {t(`kinds.${kind}`)}
        </span>
      ))}
      {packed.overMillicores > 0 ? <span className="wait">{t("over", { cpu: formatCpu(packed.overMillicores) })}</span> : null}
      {complete && packed.free <= 0 && packed.overMillicores === 0 ? <span>{t("full")}</span> : null}
      {packed.unset.length > 0 ? <span>{t("unset", { count: packed.unset.length })}</span> : null}
      {unsetJobs.length > 0 ? (
        <span>
          {t("unsetJobs")}{" "}
          {unsetJobs.slice(0, 5).map((block) => (
            <Link key={block.key} className="link" href={jobPathOfKey(block.key ?? "")} prefetch={false}>
              {block.name}
            </Link>
          ))}
        </span>
      ) : null}
      {complete ? null : <span>{t("scopeRequested")}</span>}
    </p>
  );
}
