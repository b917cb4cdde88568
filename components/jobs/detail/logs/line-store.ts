import type { LogLine } from "@/lib/logs/schema.ts";
import { readLines } from "./read-log-answer.ts";

/** Lines asked for at once. */
const PAGE = 200;
/** Pages that are held, about 8 MB of the worst lines: the rest is asked for again when it comes into sight. */
const MOST_PAGES = 40;

/** The lines of one log that were in sight lately, asked for page by page. A page at the end of a log that grows is asked for again. */
export class LineStore {
  readonly #address: (query: Record<string, string>) => string;
  readonly #listeners = new Set<() => void>();
  readonly #pages = new Map<number, { lines: ReadonlyMap<number, LogLine>; total: number }>();
  readonly #asked = new Set<number>();
  #version = 0;

  constructor(address: (query: Record<string, string>) => string) {
    this.#address = address;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  line(number: number): LogLine | null {
    return this.#pages.get(pageOf(number))?.lines.get(number) ?? null;
  }

  /** Sees to it that these lines come. `total`: how many the log has by now. */
  want(from: number, to: number, total: number): void {
    for (let page = pageOf(from); page <= pageOf(to); page++) {
      const held = this.#pages.get(page);
      // The last line of an answer may still have grown.
      const whole = held !== undefined && (held.total >= (page + 1) * PAGE + 1 || held.total === total);
      if (held !== undefined) {
        this.#pages.delete(page);
        this.#pages.set(page, held);
      }
      if (!whole && !this.#asked.has(page)) void this.#ask(page);
    }
  }

  async #ask(page: number): Promise<void> {
    this.#asked.add(page);
    try {
      const response = await fetch(this.#address({ from: String(page * PAGE + 1), count: String(PAGE) }), { cache: "no-store" });
      const answer = response.ok ? readLines(await response.json()) : null;
      if (answer === null) return;
      this.#pages.set(page, { lines: new Map(answer.lines.map((line) => [line.number, line])), total: answer.total });
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= MOST_PAGES) break;
        this.#pages.delete(oldest);
      }
    } catch {
      // The connection broke; what is in sight is asked for again with the next move.
    } finally {
      this.#asked.delete(page);
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    }
  }
}

const pageOf = (line: number) => Math.floor((line - 1) / PAGE);
