import "server-only";
import { fields, name } from "../read-field.ts";
import { ApiError } from "./api-error.ts";
import type { Api, Ask } from "./api-request.ts";

/** Page size of client-go's pager and kubectl, and the largest asked for. */
export const PAGE_SIZE = 500;
/** The first page shows how large the objects are. */
const FIRST_PAGE_SIZE = 100;
const SMALLEST_PAGE_SIZE = 50;
/**
 * A page is parsed in one go, which holds up everything else: about 5 ms for a megabyte. 500 job pods of 45 KB are 22 MB and 120 ms,
 * and the memory of a few such pages at a time.
 */
const PAGE_BYTES = 3 * 1024 * 1024;
/** A list that outlives its continue token this often is not going to end; the reflector waits and starts again. */
const MAX_RESTARTS = 3;

export interface ListPages {
  api: Api;
  /** Collection path without a query. */
  path: string;
  ask: Ask;
  pageSize?: number;
  /** Takes one page. */
  onPage: (items: readonly unknown[]) => void;
  /** What came so far is void: the continue token expired (410, etcd compaction), the list starts again. */
  onRestart: () => void;
}

/**
 * The most recent list in pages (resourceVersion unset: never an older state than was seen before). Returns the resourceVersion to watch from:
 * that of the first page, which a continued list keeps. Throws ApiError.
 */
export async function listPages({ api, path, ask, pageSize = PAGE_SIZE, onPage, onRestart }: ListPages): Promise<string> {
  for (let restarts = 0; ; restarts++) {
    let token: string | null = null;
    let version: string | null = null;
    let limit = Math.min(FIRST_PAGE_SIZE, pageSize);
    let bytes = 0;
    try {
      do {
        const page = readPage(await api.get(`${path}?${query(limit, token)}`, { ...ask, onSize: (size) => (bytes = size) }));
        version ??= page.version;
        onPage(page.items);
        limit = Math.min(pageSize, nextLimit(page.items.length, bytes));
        token = page.next;
      } while (token !== null);
      return version;
    } catch (error) {
      if (token === null || restarts >= MAX_RESTARTS || !(error instanceof ApiError) || error.kind !== "expired") throw error;
      onRestart();
    }
  }
}

function nextLimit(count: number, bytes: number): number {
  if (count === 0 || bytes === 0) return PAGE_SIZE;
  return Math.min(PAGE_SIZE, Math.max(SMALLEST_PAGE_SIZE, Math.floor(PAGE_BYTES / (bytes / count))));
}

function query(pageSize: number, token: string | null): string {
  const parameters = new URLSearchParams({ limit: String(pageSize) });
  if (token !== null) parameters.set("continue", token);
  return parameters.toString();
}

function readPage(raw: unknown): { version: string; next: string | null; items: readonly unknown[] } {
  const list = fields(raw);
  const metadata = fields(list["metadata"]);
  const version = name(metadata["resourceVersion"]);
  // Go writes an empty slice as null.
  const items = list["items"] ?? [];
  if (version === null || !Array.isArray(items)) throw new ApiError("protocol", "the answer is not a list with a resourceVersion");
  const token = metadata["continue"];
  return { version, next: typeof token === "string" && token !== "" ? token : null, items };
}
