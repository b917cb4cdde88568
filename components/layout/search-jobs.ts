import { jobPathOfKey } from "@/components/jobs/detail/job-path.ts";
import { valueOf } from "@/lib/base/known.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";

const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What was pasted or typed, when it names one job: `path` is where it leads, `name` how it is called. */
export interface Pasted {
  name: string;
  path: string;
}

/**
 * A GitLab job's address (`…/-/jobs/4711`, with or without host), its number (`4711`, `#4711`), `<cluster>/<uid>`, or an address of this
 * dashboard. Null for anything else.
 */
export function readPasted(text: string): Pasted | null {
  const input = text.trim();
  const id = /^#?(\d{1,19})$/.exec(input)?.[1] ?? /\/-\/jobs\/(\d{1,19})(?:[/?#]|$)/.exec(input)?.[1];
  if (id !== undefined) return { name: `#${id}`, path: `/j/${id}` };
  const cut = input.lastIndexOf("/");
  const uid = input.slice(cut + 1);
  if (cut < 1 || !UID.test(uid)) return null;
  const own = /^https?:\/\/[^/]+\/jobs\/([^/]+)\/[^/]+$/.exec(input)?.[1] ?? /^\/jobs\/([^/]+)\/[^/]+$/.exec(input)?.[1];
  const cluster = own === undefined ? input.slice(0, cut) : readEscaped(own);
  return cluster === null || /^https?:/.test(cluster)
    ? null
    : { name: `${cluster}/${uid}`, path: jobPathOfKey(`${cluster}/${uid.toLowerCase()}`) };
}

function readEscaped(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The jobs in which every word occurs, at most `limit`: live ones before ended ones, then those whose name begins with the words, then the newest. */
export function searchJobs(rows: Iterable<JobRow>, text: string, limit: number): JobRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: { row: JobRow; rank: number }[] = [];
  for (const row of rows) {
    const name = (valueOf(row.gitlab.name) ?? "").toLowerCase();
    const all = haystack(row, name);
    if (words.every((word) => all.includes(word)))
      found.push({ row, rank: (row.ending === "live" ? 0 : 2) + (name.startsWith(words[0] ?? "") ? 0 : 1) });
  }
  return found
    .toSorted((a, b) => a.rank - b.rank || b.row.createdAt.localeCompare(a.row.createdAt) || a.row.key.localeCompare(b.row.key))
    .slice(0, limit)
    .map(({ row }) => row);
}

function haystack(row: JobRow, name: string): string {
  const { id, project, ref } = row.gitlab;
  return [name, valueOf(id), valueOf(project), valueOf(ref), row.pod, row.uid, row.namespace].filter(Boolean).join("\n").toLowerCase();
}
