interface Entry {
  at: number;
  order: number;
  run: (() => void) | null;
}

/**
 * Simulated time: things to do, in order. Times are milliseconds since the epoch, so what goes over the wire looks like now.
 * `speed` shortens every duration; time stamps stay those of the wall clock, and CPU and memory rates stay what they are.
 */
export class Timeline {
  #now: number;
  #order = 0;
  readonly #heap: Entry[] = [];
  readonly speed: number;

  constructor(start: number, speed: number) {
    this.#now = start;
    this.speed = speed;
  }

  get now(): number {
    return this.#now;
  }

  /** How many things are still to be done. */
  get pending(): number {
    return this.#heap.length;
  }

  /** Runs `task` after `ms` of the fleet's life (divided by the speed). The returned function cancels it. */
  after(ms: number, task: () => void): () => void {
    return this.at(this.#now + Math.max(0, ms) / this.speed, task);
  }

  /** Runs `task` at a time; a time in the past means at once, in order. */
  at(time: number, task: () => void): () => void {
    const entry: Entry = { at: Math.max(time, this.#now), order: this.#order++, run: task };
    this.#push(entry);
    return () => {
      entry.run = null;
    };
  }

  /** Runs `task` every `ms` until the returned function is called. `first`: delay of the first run. */
  every(ms: number, task: () => void, first = ms): () => void {
    let stopped = false;
    const again = () => {
      if (stopped) return;
      task();
      this.after(ms, again);
    };
    this.after(first, again);
    return () => {
      stopped = true;
    };
  }

  /** Does everything due up to `time`, then stands there. Never goes back. */
  advanceTo(time: number): void {
    for (;;) {
      const first = this.#heap[0];
      if (!first || first.at > time) break;
      this.#pop();
      this.#now = first.at;
      first.run?.();
    }
    this.#now = Math.max(this.#now, time);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || !isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      if (!below) break;
      const right = heap[child + 1];
      if (right && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (!isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
