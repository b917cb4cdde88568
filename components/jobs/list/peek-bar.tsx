"use client";

import { useTranslations } from "next-intl";
import { ButtonLink } from "@/components/ui/button.tsx";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { Kbd } from "@/components/ui/kbd.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Sure } from "@/components/ui/sure.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { valueOf } from "@/lib/base/known.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { jobPathOfKey, linkHost, safeUrl } from "../detail/job-path.ts";
import { useSentence } from "../use-sentence.ts";
import { VERDICT_SHAPES } from "../verdict-shape.ts";
import { useEvidence } from "./use-evidence.ts";
import type { EvidenceState } from "./use-evidence.ts";

/** Facts that fit beside the table; the job's page has them all. */
const MOST = 3;

/** The selected job at the foot of the table: verdict, what it rests on, what to do. */
export function PeekBar({ job }: { job: JobRow }) {
  const t = useTranslations("jobs");
  const sentence = useSentence();
  const evidence = useEvidence(job);
  const { verdict } = job;
  const { shape, tone } = VERDICT_SHAPES[verdict.kind];
  const url = valueOf(job.gitlab.url);
  const link = url === null ? null : safeUrl(url);
  const remedy = evidence.state === "ready" ? evidence.remedy : null;
  return (
    <section className="peek" aria-label={t("peek.label")}>
      <span className="peek-shape">
        <Shape name={shape} tone={tone} />
      </span>
      <div className="grow">
        <p className="peek-say">
          <b className="m">{sentence(verdict.sentence)}</b> <span className="muted">{valueOf(job.gitlab.name) ?? job.pod}</span>{" "}
          <Sure certainty={verdict.certainty} label={t(`certainty.${verdict.certainty}`)} />
        </p>
        <p className="peek-facts sm muted">
          <Facts evidence={evidence} />
        </p>
      </div>
      <div className="row peek-acts">
        <ButtonLink variant="primary" href={jobPathOfKey(job.key)} prefetch={false}>
          {t("peek.open")} <Kbd>↵</Kbd>
        </ButtonLink>
        {remedy === null ? null : <CopyButton text={remedy} label={t("peek.copyFix")} />}
        {link === null ? null : (
          <a
            className="btn"
            href={link}
            rel="noreferrer noopener"
            target="_blank"
            aria-label={t("peek.gitlabLabel", { host: linkHost(link) })}
          >
            {linkHost(link)} <Icon name="external" />
          </a>
        )}
      </div>
    </section>
  );
}

function Facts({ evidence }: { evidence: EvidenceState }) {
  const t = useTranslations("jobs");
  if (evidence.state !== "ready") return t(`peek.${evidence.state}`);
  const facts = evidence.evidence.slice(0, MOST);
  return (
    <>
      {facts.length === 0 ? <span>{t("peek.noEvidence")}</span> : null}
      {facts.map((fact) => (
        <span key={`${fact.source} ${fact.field} ${fact.at} ${fact.value}`} className="peek-fact">
          {fact.source}:{" "}
          <code title={`${fact.field} = ${fact.value}`}>
            {fact.field} = {fact.value}
          </code>{" "}
          {fact.at === null ? null : <Clock at={fact.at} />}
        </span>
      ))}
      <span className="peek-fix">{evidence.remedy === null ? t("peek.noFix") : `${t("peek.fix")} ${evidence.remedy}`}</span>
    </>
  );
}
