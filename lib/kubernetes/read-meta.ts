import type { Timestamp } from "../base/known.ts";

/** What a reader must know besides the object: the key of its cluster, and when it arrived (our clock, milliseconds). */
export interface ReadContext {
  cluster: string;
  seenAt: Timestamp;
}

/** An object that cannot be identified. `field` is the path that is missing or has the wrong type. */
export class ReadError extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field}: ${message}`);
    this.name = "ReadError";
    this.field = field;
  }
}
