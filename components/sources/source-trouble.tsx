"use client";

import { useTranslations } from "next-intl";
import { CodeBlock } from "@/components/ui/code-block.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { SourceReport, SourceState } from "@/lib/base/source-state.ts";
import { formatDurationMs } from "@/lib/base/units.ts";
import { useNow } from "@/lib/stream/client/use-live.tsx";
import { formatRule } from "./prepare-rbac.ts";
import { answererOf, type Answerer } from "./prepare-sources.ts";
import { SourceBadge } from "./source-badge.tsx";
import { usePartName } from "./use-part-name.ts";

/** One source that should tell something and does not: since when, why, what to do. */
export function SourceTrouble({ report, severalClusters }: { report: SourceReport; severalClusters: boolean }) {
  const t = useTranslations("sources");
  const partName = usePartName()(report);
  const { state } = report;
  if (state.state === "off" || state.state === "live" || state.state === "connecting") return null;
  const where = [severalClusters ? report.cluster : null, partName].filter((part) => part !== null);
  return (
    <li className="trouble">
      <h3 className="row wrap">
        <SourceBadge state={state.state} bare />
        {t(`name.${report.source}`)}
        <span className="faint xs">{[t(`state.${state.state}`), ...where].join(" · ")}</span>
        <span className="faint xs">{t.rich("since", { age: () => <Age since={state.since} /> })}</span>
      </h3>
      {state.state === "forbidden" ? <Forbidden state={state} /> : <Failure state={state} answerer={answererOf(report.source)} />}
    </li>
  );
}

/** The exact right that is missing, to copy. */
export function Forbidden({ state }: { state: Extract<SourceState, { state: "forbidden" }> }) {
  const t = useTranslations("sources");
  return (
    <>
      <p className="sm">{t("forbiddenText")}</p>
      <CodeBlock text={formatRule(state.rule)} copyLabel={t("copyRule")} />
      <p className="xs faint">{t("heals")}</p>
    </>
  );
}

type Failed = Extract<SourceState, { state: "failed" | "stale" }>;

function Failure({ state, answerer }: { state: Failed; answerer: Answerer }) {
  const t = useTranslations("sources");
  const now = useNow();
  const error = state.state === "failed" ? state.error : state.lastError;
  const waitMs = Date.parse(state.retryAt) - now;
  return (
    <>
      <p className="sm">{t(`error.${error.code}`, { who: t(`who.${answerer}`) })}</p>
      {error.detail === "" ? null : (
        <p className="xs muted">
          {t("lastError")}: <code className="wraps">{error.detail}</code>
        </p>
      )}
      <p className="fix sm">{t(`remedy.${answerer}.${error.code}`)}</p>
      <p className="xs faint">{waitMs > 0 ? t("nextTry", { span: formatDurationMs(waitMs) }) : t("nextTryNow")}</p>
    </>
  );
}
