"use client";

import { useTranslations } from "next-intl";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { valueOf } from "@/lib/base/known.ts";
import { formatBytes, formatCpu, formatDurationMs, formatShare } from "@/lib/base/units.ts";
import type { ContainerView, Job } from "@/lib/fleet/schema.ts";
import type { UsualPhase } from "@/lib/fleet/runs/schema.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { prepareEvidence } from "./prepare-evidence.ts";
import { safeUrl } from "./job-path.ts";
import type { Waterfall } from "./prepare-waterfall.ts";
import type { EvidenceBlock, MarkdownFact } from "./write-markdown.ts";

/** Everything that another person needs to believe the verdict without this page; times in UTC. */
export function useEvidenceBlock(job: Job, waterfall: Waterfall, usual: readonly UsualPhase[]): (page: string) => EvidenceBlock {
  const t = useTranslations("job.block");
  const j = useTranslations("job");
  const c = useTranslations("jobs");
  const sentence = useSentence();
  const versions = useVersions(job);
  const { verdict, gitlab } = job;
  const at = (iso: string | null) => (iso === null ? "" : `${iso.slice(0, 19).replace("T", " ")} UTC`);
  const facts: MarkdownFact[] = [
    {
      label: t("job"),
      value: [valueOf(gitlab.name) ?? job.pod, valueOf(gitlab.id) === null ? "" : `(job ${valueOf(gitlab.id)})`].join(" ").trim(),
    },
    {
      label: t("project"),
      value: [valueOf(gitlab.project), valueOf(gitlab.ref), valueOf(gitlab.sha)?.slice(0, 8)].filter(Boolean).join(" · ") || "–",
    },
    { label: t("pod"), value: `${job.cluster} / ${job.namespace}/${job.pod}`, code: true },
    { label: t("node"), value: [job.node ?? "–", ...versions].join(" · ") },
    { label: t("times"), value: `${at(job.createdAt)} → ${job.deletedAt === null ? t("lives") : at(job.deletedAt)}` },
  ];
  const evidence = (list: Job["verdict"]["evidence"]) =>
    prepareEvidence(list).map((fact) => [at(fact.at), fact.source, `${fact.field}: ${fact.value}`].filter(Boolean).join(" · "));
  return (page) => ({
    title: sentence(verdict.sentence),
    lead: [
      `${c(`verdict.${verdict.kind}`)}, ${c(`certainty.${verdict.certainty}`)}.`,
      verdict.remedy === null ? "" : sentence(verdict.remedy),
    ]
      .join(" ")
      .trim(),
    facts,
    lists: [
      { title: t("evidence"), items: evidence(verdict.evidence) },
      { title: t("findings"), items: job.findings.flatMap((finding) => [sentence(finding.sentence), ...evidence(finding.evidence)]) },
    ],
    tables: [
      {
        title: t("phases"),
        head: [t("phase"), t("took"), t("usual")],
        rows: waterfall.rows.map(({ phase, tookMs }) => {
          const median = usual.find((one) => one.phase === phase)?.ms ?? null;
          return [
            j(`waterfall.phases.${phase}`),
            tookMs === null ? "–" : formatDurationMs(tookMs),
            median === null ? "–" : formatDurationMs(median),
          ];
        }),
      },
      {
        title: t("containers"),
        head: [t("container"), t("image"), t("state"), t("cpu"), t("throttled"), t("memory")],
        rows: job.containers.map((container) => containerRow(container)),
      },
    ],
    links: linksOf(job, page, t("page")),
  });
}

function linksOf({ gitlab }: Job, page: string, word: string): EvidenceBlock["links"] {
  const url = valueOf(gitlab.url);
  const safe = url === null ? null : safeUrl(url);
  return [...(page === "" ? [] : [{ text: word, href: page }]), ...(safe === null ? [] : [{ text: "GitLab", href: safe }])];
}

/** Versions of what ran it, as far as the fleet knows them now. */
function useVersions(job: Job): string[] {
  const nodes = useCollection("nodes");
  const node = [...nodes.values()].find(({ cluster, name }) => cluster === job.cluster && name === job.node);
  return node === undefined ? [] : [node.kubeletVersion, node.containerRuntimeVersion, node.kernelVersion].filter((text) => text !== null);
}

function containerRow({ name, image, imageDigest, state, limits, usage }: ContainerView): string[] {
  const use = usage.state === "known" ? usage.value : null;
  const of = (value: number | null, format: (amount: number) => string) => (value === null ? "–" : format(value));
  const share = use?.cfs == null || use.cfs.periods === 0 ? null : use.cfs.throttledPeriods / use.cfs.periods;
  return [
    name,
    imageDigest === null ? image : `${image.split("@")[0]}@${imageDigest.slice(0, 19)}…`,
    stateOf(state),
    `${of(use?.cpuMillicores ?? null, formatCpu)} / ${of(limits.cpuMillicores, formatCpu)}`,
    of(share, formatShare),
    `${of(use?.peak?.bytes ?? null, formatBytes)} / ${of(limits.memoryBytes, formatBytes)}`,
  ];
}

function stateOf(state: ContainerView["state"]): string {
  if (state.state === "unknown") return "–";
  const { value } = state;
  if (value.kind === "running") return "running";
  return value.kind === "waiting" ? (value.reason ?? "waiting") : [value.reason, `exit ${value.exitCode}`].filter(Boolean).join(", ");
}
