"use client";

import { useTranslations } from "next-intl";
import { NoData } from "@/components/jobs/known.tsx";
import { formatRule } from "@/components/sources/prepare-rbac.ts";
import { CodeBlock } from "@/components/ui/code-block.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { Manager } from "@/lib/fleet/schema.ts";
import { globalLines, runnerLines, type ConfigLine } from "./prepare-config.ts";

/** What its ConfigMap says, folded; without the right to read it, which right that is. */
export function ConfigSection({ manager: { config } }: { manager: Manager }) {
  const t = useTranslations("managers.config");
  const { told, rule } = config;
  if (told.state === "unknown" && rule === null) {
    return (
      <div className="msec">
        <div className="t">
          <h3>{t("title")}</h3>
          <span className="end">{told.reason === "not-set" ? t("absent") : <NoData reason={told.reason} />}</span>
        </div>
      </div>
    );
  }
  return (
    <details className="msec config">
      <summary>
        <h3>{t("title")}</h3>
        <span className="xs faint trunc">{told.state === "known" ? told.source : t("forbidden")}</span>
      </summary>
      {told.state === "known" ? (
        <>
          <Lines lines={globalLines(told.value)} />
          {told.value.runners.map((runner, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- entries have no identity but their place in the file
            <div key={index}>
              <h4 className="xs muted">{t("runner", { name: runner.name ?? String(index + 1) })}</h4>
              <Lines lines={runnerLines(runner)} />
            </div>
          ))}
          <p className="xs faint">
            {t.rich("read", { age: () => <Age since={told.at} /> })}
            {told.value.unreadable === 0 ? null : ` ${t("unreadable", { count: told.value.unreadable })}`}
          </p>
        </>
      ) : rule === null ? null : (
        <>
          <p className="xs muted">{t("rule")}</p>
          <CodeBlock text={formatRule(rule)} copyLabel={t("copyRule")} />
        </>
      )}
    </details>
  );
}

function Lines({ lines }: { lines: readonly ConfigLine[] }) {
  return (
    <dl className="kv">
      {lines.map(([key, value]) => (
        <div key={key} className="contents">
          <dt>
            <code>{key}</code>
          </dt>
          <dd className="mono">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
