"use client";

import { useEffect } from "react";
import { isTroubled } from "@/components/sources/prepare-sources.ts";
import { useConnection, useEntity, useSources } from "@/lib/stream/client/use-live.tsx";
import { iconOf, judgePage, titleOf, type PageState } from "./prepare-page-state.ts";

/** Title and icon of the browser's tab carry the state of the fleet, so that a tab in the background says when somebody is needed. */
export function TabState() {
  const problems = useEntity("overview", "overview")?.problems ?? null;
  const troubled = useSources().some((report) => isTroubled(report.state));
  const { state, count } = judgePage({ connection: useConnection().state, problems, troubled });
  useEffect(() => holdTitle({ state, count }), [state, count]);
  useEffect(() => showIcon(state), [state]);
  return null;
}

/** Next writes the title anew on every page, so it is watched. */
function holdTitle(page: { state: PageState; count: number }): () => void {
  const write = () => {
    const wanted = titleOf(document.title, page);
    if (document.title !== wanted) document.title = wanted;
  };
  write();
  const observer = new MutationObserver(write);
  observer.observe(document.head, { subtree: true, childList: true, characterData: true });
  return () => observer.disconnect();
}

const ICON_ID = "tab-state-icon";

/** A link of our own, last in the head: browsers take the last icon. */
function showIcon(state: PageState): void {
  let link = document.getElementById(ICON_ID);
  if (!(link instanceof HTMLLinkElement)) {
    link = document.createElement("link");
    link.id = ICON_ID;
    document.head.append(link);
  }
  if (link instanceof HTMLLinkElement) {
    link.rel = "icon";
    link.type = "image/svg+xml";
    link.href = iconOf(state);
  }
}
