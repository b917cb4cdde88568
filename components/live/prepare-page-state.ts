import type { Problem } from "@/lib/fleet/schema.ts";

/** What the browser's tab says of the fleet, worst first: `cut` is no word about the fleet, only that this page is old. */
export type PageState = "cut" | "needs-you" | "to-watch" | "well" | "unknown";

interface Input {
  connection: "live" | "connecting" | "disconnected" | "paused";
  /** null: nothing is known yet. */
  problems: readonly Problem[] | null;
  /** A source that should tell something does not. */
  troubled: boolean;
}

/** Never "well" while a source is in trouble: then nobody knows. */
export function judgePage({ connection, problems, troubled }: Input): { state: PageState; count: number } {
  const count = problems?.filter((problem) => problem.group === "needs-you").length ?? 0;
  if (connection === "disconnected") return { state: "cut", count: 0 };
  if (problems === null) return { state: "unknown", count: 0 };
  if (count > 0) return { state: "needs-you", count };
  if (problems.length > 0) return { state: "to-watch", count: 0 };
  return { state: troubled || connection === "connecting" ? "unknown" : "well", count: 0 };
}

/** A figure of the state before the page's own name: `(2) Now`, `(!) Now`; none when all is well. */
export function titleOf(title: string, { state, count }: { state: PageState; count: number }): string {
  const own = title.replace(/^(?:\(\d+\)|\(!\)|\(\?\)) /, "");
  if (state === "needs-you") return `(${count}) ${own}`;
  if (state === "cut") return `(!) ${own}`;
  return own;
}

/** The sign in the corner of the tab's icon, told apart by its outline as on the pages: diamond, triangle, dot, ring, cross. */
const SIGNS: Readonly<Record<PageState, string>> = {
  "needs-you": '<path d="M12.5 6.5 18 12l-5.5 5.5L7 12z" fill="#ff7d61" stroke="#111316"/>',
  "to-watch": '<path d="M12.5 7 18 17H7z" fill="#e3b14c" stroke="#111316"/>',
  well: '<circle cx="13" cy="13" r="3.4" fill="#4fc08d" stroke="#111316"/>',
  unknown: '<circle cx="13" cy="13" r="3.2" fill="#111316" stroke="#9aa2ad" stroke-width="1.8" stroke-dasharray="2.6 1.6"/>',
  cut: '<path d="m8.5 8.5 8 8m0-8-8 8" stroke="#111316" stroke-width="4.5"/><path d="m8.5 8.5 8 8m0-8-8 8" stroke="#ff7d61" stroke-width="2.4"/>',
};

/** The tab's icon as a data address. */
export function iconOf(state: PageState): string {
  const body =
    '<rect x="1" y="1" width="16" height="16" rx="4" fill="#111316" stroke="#82abff" stroke-width="1.5"/>' +
    '<path d="M4.8 6h7.4M4.8 9h4M4.8 12h2" stroke="#e8eaed" stroke-width="1.7" stroke-linecap="round"/>';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 18">${body}${SIGNS[state]}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** The worst problem that needs somebody and was not there before; null: none. */
export function newTopProblem(problems: readonly Problem[], known: ReadonlySet<string>): Problem | null {
  const top = problems.find((problem) => problem.group === "needs-you");
  return top === undefined || known.has(top.key) ? null : top;
}
