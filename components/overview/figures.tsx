"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import type { ReactNode } from "react";
import { NoData } from "@/components/jobs/known.tsx";
import { valueOf } from "@/lib/base/known.ts";
import type { Known } from "@/lib/base/known.ts";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { Overview } from "@/lib/fleet/schema.ts";
import { prepareFigures } from "./prepare-figures.ts";

/** The fleet in seven figures. One that nobody measured says so and why; it is never a zero. */
export function Figures({ overview }: { overview: Overview }) {
  const t = useTranslations("now");
  const counts = prepareFigures(overview);
  const missing = overview.live.state === "unknown" ? <Unknown fact={overview.live} /> : null;
  return (
    <section className="card" aria-label={t("figures.label")}>
      <ul className="kpis">
        <Figure
          label={t("figures.running")}
          note={counts === null ? null : t("figures.runningNote", { count: valueOf(overview.live) ?? 0 })}
        >
          {missing ?? <Link href="/jobs?q=phase:executing,sources,script,artifacts">{counts?.running}</Link>}
        </Figure>
        <Figure label={t("figures.cluster")} note={t("figures.clusterNote")}>
          {missing ?? <Link href="/jobs?q=phase:scheduling,starting">{counts?.cluster}</Link>}
        </Figure>
        <Figure label={t("figures.gitlab")} note={<Why fact={overview.waiting} />}>
          {overview.waiting.state === "known" ? overview.waiting.value : <Unknown fact={overview.waiting} />}
        </Figure>
        <Figure label={t("figures.slots")} note={<Why fact={overview.slots} />}>
          {overview.slots.state === "known" ? (
            <Of part={overview.slots.value.used} whole={overview.slots.value.total} />
          ) : (
            <Unknown fact={overview.slots} />
          )}
        </Figure>
        <Figure
          label={t("figures.managers")}
          note={overview.managers.found.state === "known" ? t("figures.managersNote") : <Why fact={overview.managers.found} />}
        >
          {overview.managers.found.state === "known" ? (
            <Of part={overview.managers.ready} whole={overview.managers.found.value} href="#managers" />
          ) : (
            <Unknown fact={overview.managers.found} />
          )}
        </Figure>
        <Figure
          label={t("figures.nodes")}
          note={overview.nodes.found.state === "known" ? t("figures.nodesNote") : <Why fact={overview.nodes.found} />}
        >
          {overview.nodes.found.state === "known" ? (
            <Of part={overview.nodes.ready} whole={overview.nodes.found.value} href="/nodes" />
          ) : (
            <Unknown fact={overview.nodes.found} />
          )}
        </Figure>
        <Figure label={t("figures.ended")} note={t("figures.endedNote", { span: formatDurationMs(overview.kept.maxAgeMs) })}>
          <Link href="/jobs?v=ended">{overview.kept.jobs}</Link>
        </Figure>
      </ul>
    </section>
  );
}

function Figure({ label, note, children }: { label: string; note: ReactNode; children: ReactNode }) {
  return (
    <li>
      <span>{label}</span>
      <b>{children}</b>
      <small>{note}</small>
    </li>
  );
}

/** Part of whole; fewer than all asks for a look. */
function Of({ part, whole, href }: { part: number; whole: number; href?: string }) {
  const t = useTranslations("now");
  const words = (
    <>
      <span className={href !== undefined && part < whole ? "wait inherit" : "inherit"}>{part}</span>{" "}
      <small>{t("figures.of", { total: whole })}</small>
    </>
  );
  return href === undefined ? words : <Link href={href}>{words}</Link>;
}

function Unknown<T>({ fact }: { fact: Known<T> }) {
  return fact.state === "unknown" ? <NoData reason={fact.reason} /> : null;
}

function Why<T>({ fact }: { fact: Known<T> }) {
  const t = useTranslations("jobs");
  return fact.state === "unknown" ? t(`unknown.${fact.reason}`) : null;
}
