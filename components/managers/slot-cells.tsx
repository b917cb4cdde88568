"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { jobPathOfKey } from "@/components/jobs/detail/job-path.ts";
import { Shape } from "@/components/ui/shape.tsx";
import { useNowMs } from "@/components/ui/time-context.tsx";
import { valueOf } from "@/lib/base/known.ts";
import { formatShortDurationMs } from "@/lib/base/units.ts";
import { STAGE_LETTERS, type SlotCell, type SlotMark, type SlotRow } from "./prepare-slots.ts";

/** From so many slots on, cells hold a letter only. */
const DENSE_FROM = 21;

/** A manager's slots, one cell each. A manager that does not tell is one hatched `?`: how many it has is not known, and none of them is called free. */
export function SlotCells({ row, small = false }: { row: SlotRow; small?: boolean }) {
  const t = useTranslations("managers");
  const dense = row.cells.length + row.more >= DENSE_FROM;
  return (
    <ul className={["cells", dense ? "dense" : null, small ? "small" : null].filter(Boolean).join(" ")}>
      {row.cells.map((cell) => (
        <li key={cell.id}>
          <Cell cell={cell} bare={small || dense} />
        </li>
      ))}
      {row.reason === null ? null : (
        <li className="rest">
          <div className="slot unknown hatch" title={t("slots.notRead")}>
            <b>?</b>
            <span className="sr-only">{t("slots.notRead")}</span>
          </div>
        </li>
      )}
      {row.more === 0 ? null : <li className="beyond xs faint">{t("slots.more", { count: row.more })}</li>}
    </ul>
  );
}

function Cell({ cell, bare }: { cell: SlotCell; bare: boolean }) {
  const t = useTranslations("managers");
  if (cell.kind === "free") {
    return (
      <div className={cell.blocked ? "slot free blocked" : "slot free"} title={t(cell.blocked ? "slots.blockedTitle" : "slots.free")}>
        {bare ? <span aria-hidden="true">·</span> : t("slots.free")}
        {bare ? <span className="sr-only">{t("slots.free")}</span> : null}
        {cell.blocked ? <span className="sr-only">: {t("slots.blockedTitle")}</span> : null}
      </div>
    );
  }
  if (cell.kind === "held") {
    return (
      <div className="slot" data-st="unknown" title={t("slots.held")}>
        <b aria-hidden="true">?</b>
        <span className="sr-only">{t("slots.held")}</span>
      </div>
    );
  }
  return <JobCell cell={cell} bare={bare} />;
}

function JobCell({ cell, bare }: { cell: Extract<SlotCell, { kind: "job" }>; bare: boolean }) {
  const t = useTranslations("managers");
  const j = useTranslations("jobs");
  const { job, stage, jobId } = cell;
  const name =
    job === null
      ? jobId === null
        ? t("slots.noPod")
        : t("slots.noPodId", { id: jobId })
      : [valueOf(job.gitlab.project), valueOf(job.gitlab.name) ?? job.pod].filter(Boolean).join(" · ");
  const says = cell.mark === null ? null : markWords(cell.mark, (key) => j(key));
  const title = [name, t(`stage.${stage}`), says].filter(Boolean).join(" · ");
  const inside = (
    <>
      <b aria-hidden="true">{STAGE_LETTERS[stage]}</b>
      <span className="sr-only">{title}</span>
      {bare || cell.since === null ? null : <CellAge since={cell.since} />}
      {cell.mark === null ? null : (
        <i>
          <Shape name={cell.mark.shape} tone={cell.mark.tone} />
        </i>
      )}
    </>
  );
  return job === null ? (
    <div className="slot" data-st={stage} title={title}>
      {inside}
    </div>
  ) : (
    <Link className="slot" data-st={stage} title={title} href={jobPathOfKey(job.key)} prefetch={false}>
      {inside}
    </Link>
  );
}

type JobsWord =
  | `verdict.${Extract<SlotMark["says"], { of: "verdict" }>["kind"]}`
  | `finding.${Extract<SlotMark["says"], { of: "finding" }>["kind"]}`;

function markWords({ says }: SlotMark, word: (key: JobsWord) => string): string {
  return says.of === "verdict" ? word(`verdict.${says.kind}`) : word(`finding.${says.kind}`);
}

/** Ticks by itself: the grid around it is drawn only when jobs change. */
function CellAge({ since }: { since: string }) {
  const now = useNowMs();
  return now === null ? null : <span className="age">{formatShortDurationMs(now - Date.parse(since))}</span>;
}

/** Which letter and colour is which stage, with how many jobs are in it. */
export function SlotLegend({
  counts,
  blocked,
}: {
  counts: readonly { stage: keyof typeof STAGE_LETTERS; count: number }[];
  blocked: number;
}) {
  const t = useTranslations("managers");
  return (
    <p className="legend">
      {counts.map(({ stage, count }) => (
        <span key={stage}>
          <i className="sw" data-st={stage} aria-hidden="true" />
          <b className="mono">{STAGE_LETTERS[stage]}</b> {t(`stage.${stage}`)} {count}
        </span>
      ))}
      {blocked === 0 ? null : (
        <span>
          <i className="sw free" aria-hidden="true" />
          {t("slots.blockedCount", { count: blocked })}
        </span>
      )}
    </p>
  );
}
