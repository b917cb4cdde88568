import "server-only";

/** Where a viewer's bytes go. `room()`: bytes that may still be queued; 0 or less means the viewer reads too slowly. */
export interface Sink {
  write(bytes: Uint8Array): void;
  room(): number;
  close(): void;
}

/** One open stream. While it is slow it gets nothing; when it has drained, it gets what brings it up to date: never a growing queue. */
export class Viewer {
  readonly #sink: Sink;
  readonly #catchUp: () => Uint8Array[];
  readonly #sent: (bytes: number, frames: number) => void;
  #behind = false;
  #behindSince = 0;

  constructor(sink: Sink, catchUp: () => Uint8Array[], sent: (bytes: number, frames: number) => void) {
    this.#sink = sink;
    this.#catchUp = catchUp;
    this.#sent = sent;
  }

  /** Since when (monotonic ms) it reads nothing, null if it keeps up. `now` starts the count. */
  slowFor(now: number): number {
    if (!this.#behind) this.#behindSince = now;
    return now - this.#behindSince;
  }

  /** Sends the bytes, or drops them if the viewer is slow: it will get a snapshot. */
  offer(bytes: Uint8Array): void {
    if (!this.#behind && this.#sink.room() <= 0) this.#behind = true;
    if (!this.#behind) this.#write([bytes]);
  }

  /** What the viewer needs first; not subject to its pace, as nothing was sent yet. */
  begin(frames: readonly Uint8Array[]): void {
    this.#write(frames);
  }

  /** The sink has room again. */
  drained(): void {
    if (!this.#behind || this.#sink.room() <= 0) return;
    this.#behind = false;
    this.#write(this.#catchUp());
  }

  close(): void {
    this.#sink.close();
  }

  #write(frames: readonly Uint8Array[]): void {
    let bytes = 0;
    for (const frame of frames) {
      this.#sink.write(frame);
      bytes += frame.byteLength;
    }
    this.#sent(bytes, frames.length);
  }
}
