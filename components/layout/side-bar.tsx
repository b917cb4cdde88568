"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import { useSourceStrip } from "@/components/sources/use-source-strip.ts";
import { Icon } from "@/components/ui/icon.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Age } from "@/components/ui/time.tsx";
import { formatCount } from "@/lib/base/units.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { Logo } from "./logo.tsx";
import { PAGES, pageOf } from "./pages.ts";
import { useNavCounts, type NavCount } from "./use-nav-counts.ts";

/** Where one can go, what is watched, and whether it can be trusted. */
export function SideBar({ label, version }: { label: string | null; version: string }) {
  const t = useTranslations("layout");
  return (
    <aside className="side" aria-label="Runnerscope">
      <Link className="brand" href="/">
        <Logo />
        <span>Runnerscope</span>
        {label === null ? null : <span className="tag">{label}</span>}
      </Link>
      <ClusterName />
      <MainNav />
      <div className="foot">
        <SideSources />
        <p className="ver">{t("readOnly", { version })}</p>
      </div>
    </aside>
  );
}

function ClusterName() {
  const t = useTranslations("layout");
  const clusters = [...useCollection("clusters").values()];
  const nodes = useCollection("nodes").size;
  const only = clusters[0];
  if (only === undefined) return null;
  const version = only.serverVersion?.replace(/^v/, "") ?? null;
  const note =
    clusters.length > 1
      ? clusters.map((cluster) => cluster.name).join(", ")
      : version === null
        ? t("clusterConnecting")
        : nodes > 0
          ? t("clusterNote", { nodes, version })
          : t("clusterVersion", { version });
  return (
    <div className="switch" title={note}>
      <span className="grow">
        <b>{clusters.length > 1 ? t("clusters", { count: clusters.length }) : only.name}</b>
        <small className="trunc">{note}</small>
      </span>
    </div>
  );
}

function MainNav() {
  const t = useTranslations("layout");
  const current = pageOf(usePathname());
  const counts = useNavCounts();
  return (
    <nav className="nav" aria-label={t("main")}>
      {PAGES.map((page) => (
        <Link key={page.name} href={page.path} title={t(`page.${page.name}`)} aria-current={page === current ? "page" : undefined}>
          <Icon name={page.icon} />
          <span>{t(`page.${page.name}`)}</span>
          <Count page={page.name} value={counts[page.name]} />
        </Link>
      ))}
    </nav>
  );
}

function Count({ page, value: { count, tone } }: { page: string; value: NavCount }) {
  const t = useTranslations("layout");
  if (count === null) return null;
  if (tone === "plain") return <span className="n">{formatCount(count)}</span>;
  return (
    <span className={`n ${tone}`}>
      <Shape name={tone === "alert" ? "oom-killed" : "degraded"} />
      <span aria-hidden="true">{count}</span>
      <span className="sr-only">{page === "now" ? t("needYou", { count }) : t("troubled", { count })}</span>
    </span>
  );
}

function SideSources() {
  const t = useTranslations("layout");
  const n = useTranslations("now");
  const cells = useSourceStrip();
  if (cells.length === 0) return null;
  return (
    <section className="srcs" aria-labelledby="h-side-sources">
      <h2 id="h-side-sources">{t("sources")}</h2>
      <ul>
        {cells.map((cell) => (
          <li key={cell.name} title={n(`strip.${cell.name}`)}>
            <SourceBadge state={cell.state} bare />
            <span className="name">{n(`strip.${cell.name}`)}</span>
            {cell.lastHeardAt === null || cell.state === "off" ? null : (
              <span className="fact">
                <Age since={cell.lastHeardAt} />
                {cell.live === cell.all ? null : ` · ${t("parts", { live: cell.live, all: cell.all })}`}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
