"use client";

import { useTranslations } from "next-intl";
import { usePathname, useRouter } from "next/navigation";
import { useState, type ReactNode } from "react";
import { FILTER_INPUT_ID } from "@/components/jobs/list/filter-input-id.ts";
import { Announcer } from "@/components/live/announcer.tsx";
import { Notifier } from "@/components/live/notifier.tsx";
import { TabState } from "@/components/live/tab-state.tsx";
import { ConnectionBanner } from "@/components/live/connection-banner.tsx";
import { SourceBanner } from "@/components/live/source-banner.tsx";
import { useNowMs, usePlace } from "@/components/ui/time-context.tsx";
import { fullMoment } from "@/lib/base/local-time.ts";
import { useCollection, useConnection, useLiveActions } from "@/lib/stream/client/use-live.tsx";
import { BottomTabs } from "./bottom-tabs.tsx";
import { Floating, type FloatingName } from "./floating.tsx";
import type { Action } from "./shortcuts.ts";
import { SideBar } from "./side-bar.tsx";
import { TopBar } from "./top-bar.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

interface ShellProps {
  /** A word beside the name, for example `demo`. */
  label: string | null;
  version: string;
  children: ReactNode;
}

/** What stands around every page. */
export function Shell({ label, version, children }: ShellProps) {
  const t = useTranslations("layout");
  const [floating, setFloating] = useState<FloatingName | null>(null);
  const act = useAction(setFloating);
  useShortcuts(act);
  return (
    <>
      <a className="skip" href="#content">
        {t("skip")}
      </a>
      <div className="app">
        <SideBar label={label} version={version} />
        <div className="main">
          <TopBar onSearch={() => setFloating("palette")} onHelp={() => setFloating("help")} />
          <Banners />
          <main className="page" id="content" tabIndex={-1}>
            <AsOf />
            {children}
          </main>
        </div>
      </div>
      <BottomTabs />
      <Floating name={floating} onChange={setFloating} />
      <Announcer />
      <TabState />
      <Notifier />
    </>
  );
}

/** On paper only: of when it is, and of what. */
function AsOf() {
  const t = useTranslations("layout");
  const now = useNowMs();
  const { timeZone } = usePlace();
  const names = [...useCollection("clusters").values()].map((cluster) => cluster.name);
  return now === null ? null : <p className="as-of">{t("asOf", { at: fullMoment(now, timeZone), names: names.join(", ") })}</p>;
}

/** The pages Jobs, a job and Sources say themselves, and closer to the matter, what is wrong with their sources. */
function Banners() {
  const pathname = usePathname();
  const own = pathname.startsWith("/jobs") || pathname.startsWith("/sources");
  return (
    <div className="banners">
      <ConnectionBanner />
      {own ? null : <SourceBanner />}
    </div>
  );
}

function useAction(setFloating: (name: FloatingName | null) => void): (action: Action) => void {
  const router = useRouter();
  const { state } = useConnection();
  const { pause, resume } = useLiveActions();
  return (action) => {
    if (typeof action === "object") return router.push(action.go);
    if (action === "pause") return state === "paused" ? resume() : state === "live" ? pause() : undefined;
    if (action !== "search") return setFloating(action);
    // A page with a filter of its own searches there.
    const filter = document.getElementById(FILTER_INPUT_ID);
    if (filter === null) setFloating("palette");
    else filter.focus();
  };
}
