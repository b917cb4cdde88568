interface Line {
  /** When it was written, ms since the epoch. */
  at: number;
  text: string;
}

/** What containers wrote, by `<namespace>/<pod>/<container>`, as their node keeps it. */
export class PodLogs {
  readonly #lines = new Map<string, Line[]>();
  readonly #listeners = new Map<string, Set<(line: string) => void>>();

  /** One line without its end. */
  append(key: string, text: string, at: number): void {
    const lines = this.#lines.get(key) ?? [];
    lines.push({ at, text });
    this.#lines.set(key, lines);
    for (const listener of this.#listeners.get(key) ?? []) listener(format({ at, text }, lines.length - 1));
  }

  forget(key: string): void {
    this.#lines.delete(key);
  }

  keys(): IterableIterator<string> {
    return this.#lines.keys();
  }

  /** Lines with their stamps, from `since` (ms) on, the last `tail` of them. */
  read(key: string, { since = 0, tail = Number.POSITIVE_INFINITY }: { since?: number; tail?: number } = {}): string[] {
    const lines = (this.#lines.get(key) ?? [])
      .map((line, index) => ({ line, text: format(line, index) }))
      .filter(({ line }) => line.at >= since);
    return (tail === Number.POSITIVE_INFINITY ? lines : lines.slice(Math.max(0, lines.length - tail))).map(({ text }) => text);
  }

  /** Calls `listener` with each further line and its stamp until the returned function is called. */
  follow(key: string, listener: (line: string) => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(key);
    };
  }
}

/** The container runtime's stamp has nanoseconds; lines of one millisecond are told apart by them. */
function format({ at, text }: Line, index: number): string {
  const nanoseconds = String(index % 1_000_000).padStart(6, "0");
  return `${new Date(at).toISOString().slice(0, -1)}${nanoseconds}Z ${text}`;
}
