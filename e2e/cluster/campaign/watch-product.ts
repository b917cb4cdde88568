import type { Finding, Job, Verdict, VerdictKind } from "../../../lib/fleet/schema.ts";
import type { HistoryKept, HistoryPage, HistoryRow } from "../../../lib/history/schema.ts";

type Told<T> = Omit<T, "sentence" | "remedy"> & { sentence: string; remedy: string | null };
/** A job as `/api/v1` has it: sentences are text there. */
export type ApiJob = Omit<Job, "verdict" | "findings"> & { verdict: Told<Verdict>; findings: Told<Finding>[] };

const EVERY_MS = 1_500;

/** What the product says while the campaign runs, as any client of its API sees it. While it is away nothing is heard. */
export class WatchProduct {
  /** Claims about jobs whose pod was there: GitLab job id → verdicts that were likely or confirmed. */
  readonly live = new Map<string, Set<VerdictKind>>();
  /** The last that was heard of each ended job, by pod uid. */
  readonly ended = new Map<string, ApiJob>();
  #url: string;
  #stopped = false;
  readonly #loop: Promise<void>;

  constructor(url: string) {
    this.#url = url;
    this.#loop = this.#watch();
  }

  /** The product was started anew and answers there. */
  moveTo(url: string): void {
    this.#url = url;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      await this.#look().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  async #look(): Promise<void> {
    for (const job of (await this.get<{ items: ApiJob[] }>("/api/v1/jobs?state=live&limit=500")).items) {
      if (job.gitlab.id.state !== "known" || job.verdict.certainty === "possible") continue;
      const kinds = this.live.get(job.gitlab.id.value) ?? new Set();
      this.live.set(job.gitlab.id.value, kinds.add(job.verdict.kind));
    }
    for (const job of (await this.get<{ items: ApiJob[] }>("/api/v1/jobs?state=finished&limit=500")).items) this.ended.set(job.uid, job);
  }

  /** The newest pod of a GitLab job, live, kept or from the history; null: the product knows none. */
  async job(id: number): Promise<ApiJob | null> {
    const response = await fetch(`${this.#url}/api/v1/jobs/by-gitlab/${id}`);
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`job ${id}: ${response.status} ${await response.text()}`);
    return (await response.json()) as ApiJob;
  }

  /** All of the history, by pod uid, and what is said about it. */
  async history(): Promise<{ rows: Map<string, HistoryRow>; kept: HistoryKept }> {
    const rows = new Map<string, HistoryRow>();
    let cursor: string | null = null;
    for (;;) {
      const after: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await this.get<HistoryPage & { kept: HistoryKept }>(`/api/v1/history?limit=200${after}`);
      for (const row of page.items) rows.set(row.uid, row);
      if (page.cursor === null) return { rows, kept: page.kept };
      cursor = page.cursor;
    }
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.#url}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
