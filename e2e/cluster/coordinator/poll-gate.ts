/** How polls for jobs (`POST jobs/request`) are answered: as usual, or refused, as a GitLab that is down or protects itself does. */
export class PollGate {
  #status: number | null = null;
  #refusedAt: number | null = null;

  /** The status of the refusal; null: polls are answered. */
  get status(): number | null {
    return this.#status;
  }

  /** When the first poll met the refusal that holds now, ms since the epoch; null: none did. */
  get refusedAt(): number | null {
    return this.#refusedAt;
  }

  /** `status`: 400–599; null: answers polls again. */
  set(status: number | null): void {
    this.#status = status;
    this.#refusedAt = null;
  }

  /** The refusal of one poll; null: it is to be answered. */
  refuse(): number | null {
    if (this.#status !== null) this.#refusedAt ??= Date.now();
    return this.#status;
  }
}
