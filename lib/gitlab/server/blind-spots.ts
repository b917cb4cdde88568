import "server-only";
import { isoNow, type Clock } from "../../base/clock.ts";
import type { BlindSpot } from "../schema.ts";
import { GitlabError } from "./gitlab-error.ts";

const MAX_SPOTS = 500;

/** What the token cannot see, and since when; a reading that succeeds takes the statement back. */
export class BlindSpots {
  readonly #clock: Clock;
  readonly #spots = new Map<string, BlindSpot>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  list(): BlindSpot[] {
    return [...this.#spots.values()];
  }

  of(subject: BlindSpot["subject"]): BlindSpot | null {
    return this.list().find((spot) => spot.subject === subject && spot.project === null) ?? null;
  }

  add(subject: BlindSpot["subject"], project: string | null, reason: BlindSpot["reason"]): void {
    const key = JSON.stringify([subject, project]);
    const known = this.#spots.get(key);
    if (known?.reason === reason || (known === undefined && this.#spots.size >= MAX_SPOTS)) return;
    this.#spots.set(key, { subject, project, reason, since: isoNow(this.#clock) });
  }

  clear(subject: BlindSpot["subject"], project: string | null): void {
    this.#spots.delete(JSON.stringify([subject, project]));
  }

  /** The rights are others now: what may not be seen shows anew. */
  forget(): void {
    this.#spots.clear();
  }

  /** Notes an error that is about rights or existence; false: it is about something else. */
  note(subject: BlindSpot["subject"], project: string | null, error: unknown): boolean {
    const reason = error instanceof GitlabError ? error.kind : null;
    if (reason !== "forbidden" && reason !== "insufficient-scope" && reason !== "not-found") return false;
    this.add(subject, project, reason);
    return true;
  }
}
