"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { Icon } from "@/components/ui/icon.tsx";
import { PAGES, pageOf } from "./pages.ts";
import { useNavCounts } from "./use-nav-counts.ts";

/** The navigation of a phone. Only figures that ask for somebody stand on it. */
export function BottomTabs() {
  const t = useTranslations("layout");
  const current = pageOf(usePathname());
  const counts = useNavCounts();
  return (
    <nav className="tabs-bottom" aria-label={t("main")}>
      {PAGES.map((page) => {
        const { count, tone } = counts[page.name];
        return (
          <Link key={page.name} href={page.path} aria-current={page === current ? "page" : undefined}>
            <Icon name={page.icon} />
            {t(`page.${page.name}`)}
            {count === null || tone === "plain" ? null : <span className={tone === "warn" ? "n warn" : "n"}>{count}</span>}
          </Link>
        );
      })}
    </nav>
  );
}
