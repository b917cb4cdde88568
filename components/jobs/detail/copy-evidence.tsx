"use client";

import { useTranslations } from "next-intl";
import { useSyncExternalStore } from "react";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import type { Job } from "@/lib/fleet/schema.ts";
import type { UsualPhase } from "@/lib/fleet/runs/schema.ts";
import type { Waterfall } from "./prepare-waterfall.ts";
import { useEvidenceBlock } from "./use-evidence-block.ts";
import { writeMarkdown } from "./write-markdown.ts";

const never = () => () => {};

/** One button: verdict, evidence, limits, times, images, versions and links as Markdown, for an issue or a chat. */
export function CopyEvidence({ job, waterfall, usual }: { job: Job; waterfall: Waterfall; usual: readonly UsualPhase[] }) {
  const t = useTranslations("job.block");
  const block = useEvidenceBlock(job, waterfall, usual);
  const page = useSyncExternalStore(
    never,
    () => window.location.href.split("#")[0] ?? "",
    () => "",
  );
  return <CopyButton text={writeMarkdown(block(page))} label={t("copy")} />;
}
