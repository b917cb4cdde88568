"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import type { ReactNode } from "react";
import { NoData } from "@/components/jobs/known.tsx";
import { useSourceStrip } from "@/components/sources/use-source-strip.ts";
import { useNowMs } from "@/components/ui/time-context.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { Overview } from "@/lib/fleet/schema.ts";
import { prepareFigures } from "./prepare-figures.ts";
import type { StripName } from "./prepare-strip.ts";
import { LONG_WAIT_MS, oldestWait } from "./prepare-waiting-tags.ts";

/** Four figures with the age of what they come from. One that nobody measured says so; it is never a zero. */
export function Figures({ overview }: { overview: Overview }) {
  const t = useTranslations("now");
  const { slots, waiting, waitingTags, lastHour } = overview;
  const now = useNowMs();
  const oldest = waitingTags.state === "known" ? oldestWait(waitingTags.value) : null;
  const long = oldest !== null && now !== null && now - Date.parse(oldest) > LONG_WAIT_MS;
  return (
    <section className="hero-side" aria-label={t("figures.label")}>
      <dl className="figures">
        <Figure word={t("figures.slots")} source="managers">
          {slots.state === "unknown" ? (
            <NoData reason={slots.reason} />
          ) : (
            <Link href="/managers">
              {slots.value.used} <small>{t("figures.of", { total: slots.value.total })}</small>
            </Link>
          )}
        </Figure>
        <Figure word={t("figures.waiting")} source="gitlab">
          {waiting.state === "unknown" ? <NoData reason={waiting.reason} /> : waiting.value}
        </Figure>
        <Figure word={t("figures.oldest")} source="gitlab" tone={long ? "wait" : undefined}>
          {waitingTags.state === "unknown" ? <NoData reason={waitingTags.reason} /> : oldest === null ? "–" : <Age since={oldest} />}
        </Figure>
        <Figure
          word={t("figures.oom")}
          source="kubernetes"
          tone={lastHour.oomKills.state === "known" && lastHour.oomKills.value > 0 ? "bad" : undefined}
        >
          {lastHour.oomKills.state === "unknown" ? (
            <NoData reason={lastHour.oomKills.reason} />
          ) : (
            <Link href="#h-hour">{lastHour.oomKills.value}</Link>
          )}
        </Figure>
      </dl>
    </section>
  );
}

interface FigureProps {
  word: string;
  source: StripName;
  tone?: "wait" | "bad" | undefined;
  children: ReactNode;
}

function Figure({ word, source, tone, children }: FigureProps) {
  const heardAt = useSourceStrip().find(({ name }) => name === source)?.lastHeardAt ?? null;
  return (
    <div>
      <dt>
        {word}
        {heardAt === null ? null : (
          <>
            {" "}
            · <Age since={heardAt} />
          </>
        )}
      </dt>
      <dd className={tone}>{children}</dd>
    </div>
  );
}

/** The fleet in a line below the headline, each count with a way to what it counts. */
export function FleetLine({ overview }: { overview: Overview }) {
  const t = useTranslations("now");
  const j = useTranslations("jobs");
  const counts = prepareFigures(overview);
  const { managers, nodes } = overview;
  return (
    <p className="fleet-line">
      {overview.live.state === "unknown" || counts === null
        ? t("line.unknown", { reason: j(`unknown.${overview.live.state === "unknown" ? overview.live.reason : "not-reached"}`) })
        : t.rich("line.jobs", {
            running: counts.running,
            cluster: counts.cluster,
            a: (words) => <Link href="/jobs?q=phase:executing,sources,script,artifacts">{words}</Link>,
            b: (words) => <Link href="/jobs?q=phase:scheduling,starting">{words}</Link>,
          })}
      {managers.found.state === "unknown" ? null : (
        <>
          {" · "}
          {managers.found.value === 0
            ? t("line.noManagers")
            : t.rich("line.managers", {
                ready: managers.ready,
                total: managers.found.value,
                a: (words) => <Link href="/managers">{words}</Link>,
              })}
        </>
      )}
      {nodes.found.state === "unknown" ? null : (
        <>
          {" · "}
          {t.rich("line.nodes", { ready: nodes.ready, total: nodes.found.value, a: (words) => <Link href="/nodes">{words}</Link> })}
        </>
      )}
    </p>
  );
}
