"use client";

import { useTranslations } from "next-intl";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { VerdictChip } from "@/components/jobs/verdict-chip.tsx";
import { VERDICT_SHAPES } from "@/components/jobs/verdict-shape.ts";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Sure } from "@/components/ui/sure.tsx";
import { Clock } from "@/components/ui/time.tsx";
import type { Evidence, Job, Sentence } from "@/lib/fleet/schema.ts";
import { writeFix } from "./write-fix.ts";
import { prepareEvidence } from "./prepare-evidence.ts";

/** Edge colour by tone, as the style sheet names them. */
const EDGES = { ok: "ok", running: "running", waiting: "waiting", danger: "oom", unknown: "unknown" } as const;

/** One sentence, how sure it is, what it rests on, what to do about it, and what cannot be seen. */
export function VerdictBanner({ job }: { job: Job }) {
  const t = useTranslations("job");
  const c = useTranslations("jobs");
  const sentence = useSentence();
  const { verdict } = job;
  const { shape, tone } = VERDICT_SHAPES[verdict.kind];
  return (
    <section className="verdict" data-v={EDGES[tone]} aria-labelledby="h-verdict">
      <div className="say">
        <div className="row">
          <span className="bigshape">
            <Shape name={shape} tone={tone} />
          </span>
          <div className="grow">
            <h2 id="h-verdict">
              <span className="sr-only">{t("verdict.label")}: </span>
              {sentence(verdict.sentence)}
            </h2>
            <p className="then row wrap">
              <VerdictChip verdict={{ kind: verdict.kind, certainty: "confirmed" }} quiet />
              <Sure certainty={verdict.certainty} label={c(`certainty.${verdict.certainty}`)} />
              {verdict.at === null ? null : (
                <span className="xs faint">{t.rich("verdict.at", { at: () => <Clock at={verdict.at ?? ""} /> })}</span>
              )}
            </p>
          </div>
        </div>
        <EvidenceTable evidence={verdict.evidence} label={t("verdict.evidence")} />
        {job.findings.length === 0 ? null : <Findings job={job} />}
      </div>
      <Remedy job={job} />
    </section>
  );
}

/** Facts as time · source · fact, in the order they happened. */
function EvidenceTable({ evidence, label }: { evidence: readonly Evidence[]; label: string }) {
  const t = useTranslations("job");
  if (evidence.length === 0) return <p className="evid-none xs faint">{t("verdict.noEvidence")}</p>;
  return (
    <table className="evid-table">
      <caption className="sr-only">{label}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">{t("verdict.when")}</th>
          <th scope="col">{t("verdict.source")}</th>
          <th scope="col">{t("verdict.fact")}</th>
        </tr>
      </thead>
      <tbody>
        {prepareEvidence(evidence).map((fact) => (
          <tr key={fact.key}>
            <td className="at">{fact.at === null ? <span className="faint">{t("verdict.noTime")}</span> : <Clock at={fact.at} />}</td>
            <td className="src">{fact.source}</td>
            <td>
              <code>{fact.field}</code> {fact.value}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What else was seen: it does not say how the job ended, and may still be worth a change. */
function Findings({ job }: { job: Job }) {
  const t = useTranslations("job");
  const c = useTranslations("jobs");
  const sentence = useSentence();
  return (
    <div className="findings">
      <h3>{t("verdict.also")}</h3>
      <ul>
        {job.findings.map((finding, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <li key={`${finding.kind} ${finding.container} ${finding.at} ${index}`}>
            <p>
              {sentence(finding.sentence)} <Sure certainty={finding.certainty} label={c(`certainty.${finding.certainty}`)} />
            </p>
            {finding.remedy === null ? null : (
              <>
                <p className="fix">{sentence(finding.remedy)}</p>
                {sameSentence(finding.remedy, job.verdict.remedy) ? null : <Fix remedy={finding.remedy} job={job} />}
              </>
            )}
            <EvidenceTable evidence={finding.evidence} label={t("verdict.evidence")} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What the verdict's own remedy says already is not written a second time. */
function sameSentence(a: Sentence, b: Sentence | null): boolean {
  return b !== null && a.key === b.key && JSON.stringify(a.values) === JSON.stringify(b.values);
}

/** The same as lines to paste into `.gitlab-ci.yml`. */
function Fix({ remedy, job }: { remedy: Sentence; job: Job }) {
  const t = useTranslations("job");
  const yaml = writeFix(remedy, job);
  if (yaml === null) return null;
  return (
    <div className="fix-yaml">
      <div className="copyline">
        <span className="lab mono">.gitlab-ci.yml</span>
        <CopyButton text={yaml} label={t("verdict.copyFix")} iconOnly />
      </div>
      <code className="command">{yaml}</code>
    </div>
  );
}

function Remedy({ job }: { job: Job }) {
  const t = useTranslations("job");
  const sentence = useSentence();
  const measured = job.containers.some((container) => container.usage.state === "known");
  const remedy = job.verdict.remedy === null ? null : sentence(job.verdict.remedy);
  return (
    <div className="fix">
      <h3>{t("verdict.remedy")}</h3>
      {remedy === null ? (
        <p className="sm muted">{t("verdict.noRemedy")}</p>
      ) : (
        <>
          <p className="sm remedy-text">{remedy}</p>
          {job.verdict.remedy === null ? null : <Fix remedy={job.verdict.remedy} job={job} />}
          <div>
            <CopyButton text={remedy} label={t("verdict.copyRemedy")} />
          </div>
        </>
      )}
      <p className="xs muted">
        {t("verdict.cannotSee")}:{" "}
        {t(measured ? "verdict.cannotSeeText" : "verdict.cannotSeeNoUse", {
          record: job.gitlab.status.state === "known" ? "seen" : "none",
        })}
      </p>
    </div>
  );
}
