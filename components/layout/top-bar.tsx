"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { LiveGroup } from "@/components/live/live-group.tsx";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { Kbd } from "@/components/ui/kbd.tsx";
import { useNowMs, usePlace } from "@/components/ui/time-context.tsx";
import { localTime, zoneName } from "@/lib/base/local-time.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { DisplayMenu } from "./display-menu.tsx";
import { Logo } from "./logo.tsx";
import { pageOf } from "./pages.ts";

interface TopBarProps {
  onSearch: () => void;
  onHelp: () => void;
}

/** Where one is, search, and how live the picture is. */
export function TopBar({ onSearch, onHelp }: TopBarProps) {
  const t = useTranslations("layout");
  return (
    <header className="top">
      <Link className="brand" href="/" aria-label="Runnerscope">
        <Logo />
      </Link>
      <Crumb />
      <button type="button" className="search" onClick={onSearch} aria-keyshortcuts="Control+K Meta+K">
        <Icon name="search" />
        <span>{t("search")}</span>
        <Kbd>Ctrl K</Kbd>
      </button>
      <div className="tools">
        <LiveGroup />
        <WallClock />
        <DisplayMenu />
        <Button variant="ghost" iconOnly aria-label={t("help")} title={t("help")} onClick={onHelp}>
          <Icon name="help" />
        </Button>
        <Button variant="ghost" iconOnly className="keep only-phone" aria-label={t("searchShort")} onClick={onSearch}>
          <Icon name="search" />
        </Button>
      </div>
    </header>
  );
}

function Crumb() {
  const t = useTranslations("layout");
  const page = pageOf(usePathname());
  const clusters = [...useCollection("clusters").values()];
  const where = clusters.length === 1 ? clusters[0]?.name : undefined;
  return (
    <div className="crumb">
      {where === undefined ? null : (
        <>
          <span className="pre" title={where}>
            {where}
          </span>
          <span className="sep">/</span>
        </>
      )}
      <b>{page === null ? "Runnerscope" : t(`page.${page.name}`)}</b>
    </div>
  );
}

/** The server's time, in the reader's zone: every age on the page is measured by it. */
function WallClock() {
  const now = useNowMs();
  const { timeZone } = usePlace();
  if (now === null) return null;
  return (
    <span className="clock">
      {localTime(now, timeZone)} <small>{zoneName(now, timeZone)}</small>
    </span>
  );
}
