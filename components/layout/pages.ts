import type { IconName } from "@/components/ui/icon.tsx";

export interface Page {
  name: "now" | "jobs" | "managers" | "history" | "nodes" | "sources";
  path: string;
  icon: IconName;
  /** The second key after `g`. */
  key: string;
}

/** The pages that exist, in the order of the navigation. */
export const PAGES: readonly Page[] = [
  { name: "now", path: "/", icon: "now", key: "n" },
  { name: "jobs", path: "/jobs", icon: "jobs", key: "j" },
  { name: "managers", path: "/managers", icon: "managers", key: "m" },
  { name: "history", path: "/history", icon: "history", key: "h" },
  { name: "nodes", path: "/nodes", icon: "nodes", key: "o" },
  { name: "sources", path: "/sources", icon: "sources", key: "s" },
];

/** The page that a path belongs to: a job's page belongs to Jobs. Null for an address that is no page. */
export function pageOf(pathname: string): Page | null {
  return (
    PAGES.find(({ path }) => pathname === path || (path !== "/" && pathname.startsWith(`${path}/`))) ??
    (pathname.startsWith("/j/") ? (PAGES[1] ?? null) : null)
  );
}
