"use client";

import { useTranslations } from "next-intl";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import Link from "next/link";
import { KnownText } from "@/components/jobs/known.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { Manager, Overview } from "@/lib/fleet/schema.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";

const COLUMNS = ["manager", "version", "state", "restarts", "node", "started", "slots"] as const;
const NUMBERS: ReadonlySet<string> = new Set(["restarts", "started", "slots"]);

/** Who takes jobs: every runner manager that was found, as the cluster sees it. */
export function ManagerCard({ overview }: { overview: Overview }) {
  const t = useTranslations("now");
  const managers = [...useCollection("managers").values()].toSorted(
    (a, b) => Number(a.ready) - Number(b.ready) || a.namespace.localeCompare(b.namespace) || a.pod.localeCompare(b.pod),
  );
  const found = overview.managers.found.state === "known";
  return (
    <section className="card c7" id="managers" aria-labelledby="h-managers">
      <div className="card-head">
        <h2 id="h-managers">
          {t("managers.title")} {found ? <span className="count">{managers.length}</span> : null}
        </h2>
      </div>
      {managers.length === 0 ? (
        <div className="empty">
          <h3>{t(found ? "managers.none" : "managers.unknown")}</h3>
          {found ? <p>{t("managers.noneText")}</p> : null}
        </div>
      ) : (
        <ScrollBox label={t("managers.caption")}>
          <table>
            <caption className="sr-only">{t("managers.caption")}</caption>
            <thead>
              <tr>
                {COLUMNS.map((name) => (
                  <th key={name} scope="col" className={NUMBERS.has(name) ? "num" : undefined}>
                    {t(`managers.${name}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {managers.map((manager) => (
                <ManagerLine key={manager.key} manager={manager} />
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      <p className="card-foot xs">{t("managers.slotsWhy")}</p>
    </section>
  );
}

function ManagerLine({ manager }: { manager: Manager }) {
  const t = useTranslations("now");
  const { slots, lastTermination: last } = manager;
  return (
    <tr>
      <th scope="row" className="rowhead">
        <span className="l1 m" title={`${manager.namespace}/${manager.pod}`}>
          {manager.pod}
        </span>
        <span className="l2" title={t(`managers.foundBy.${manager.foundBy}`)}>
          {manager.namespace} · {manager.workload ?? t("managers.noWorkload")}
        </span>
      </th>
      <td className="nowrap">
        <KnownText fact={manager.version}>{(version) => version}</KnownText>
      </td>
      <td className="nowrap">
        <ManagerState manager={manager} />
      </td>
      <td className="num">
        <span className={manager.restarts > 0 ? "wait" : undefined}>{manager.restarts}</span>
        {last?.kind === "terminated" ? (
          <span className="l2">
            {last.reason === null
              ? t("managers.lastEndCode", { code: last.exitCode })
              : t("managers.lastEnd", { reason: last.reason, code: last.exitCode })}
          </span>
        ) : null}
      </td>
      <td className="nowrap">
        {manager.node === null ? (
          "–"
        ) : (
          <Link href="/nodes" className="link">
            {manager.node}
          </Link>
        )}
      </td>
      <td className="num nowrap">
        <KnownText fact={manager.startedAt}>{(at) => <Age since={at} />}</KnownText>
      </td>
      <td className="num nowrap">
        <KnownText fact={slots.total}>
          {(total) => (
            <>
              <KnownText fact={slots.used}>{(used) => used}</KnownText> / {total}
            </>
          )}
        </KnownText>
      </td>
    </tr>
  );
}

function ManagerState({ manager }: { manager: Manager }) {
  const t = useTranslations("now");
  if (manager.terminating) {
    return (
      <span className="chip" data-v="waiting">
        <Shape name="waiting" tone="waiting" />
        {t("managers.terminating")}
      </span>
    );
  }
  return (
    <span className={manager.ready ? "chip quiet" : "chip"} data-v={manager.ready ? "ok" : "system"} title={manager.podPhase}>
      <Shape name={manager.ready ? "ok" : "script-failed"} tone={manager.ready ? "ok" : "danger"} />
      {t(manager.ready ? "managers.ready" : "managers.notReady")}
    </span>
  );
}
