/**
 * A seeded random source: the same seed gives the same fleet.
 * Generator: mulberry32 (public domain, T. Ettinger), 32 bits of state; good enough for a simulation, never for secrets.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number in [from, to]. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One element; throws on an empty list. */
  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.next() * list.length)];
    if (found === undefined) throw new Error("Cannot pick from an empty list.");
    return found;
  }

  /** One value, each as likely as its weight. */
  weighted<T>(list: readonly { weight: number; value: T }[]): T {
    let rest = this.next() * list.reduce((sum, entry) => sum + entry.weight, 0);
    for (const entry of list) {
      rest -= entry.weight;
      if (rest < 0) return entry.value;
    }
    return this.pick(list).value;
  }

  /** Waiting time of a Poisson process, in the unit of `mean`. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  text(length: number, alphabet: string): string {
    // Joined, not added up: V8 would keep a tree of one-character pieces for every id.
    return Array.from({ length }, () => alphabet[Math.floor(this.next() * alphabet.length)]).join("");
  }

  hex(length: number): string {
    const words = Array.from({ length: Math.ceil(length / 8) }, () =>
      Math.floor(this.next() * 4_294_967_296)
        .toString(16)
        .padStart(8, "0"),
    );
    return words.join("").slice(0, length);
  }

  /** The suffix of a pod name as GitLab Runner makes it: `[a-z0-9]` (executors/kubernetes/kubernetes.go). */
  suffix(length: number): string {
    return this.text(length, "abcdefghijklmnopqrstuvwxyz0123456789");
  }

  uid(): string {
    const digits = this.hex(32);
    const variant = this.pick(["8", "9", "a", "b"]);
    return [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`, variant + digits.slice(17, 20), digits.slice(20)].join(
      "-",
    );
  }
}
