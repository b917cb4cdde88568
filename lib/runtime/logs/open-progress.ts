import { systemClock } from "../../base/clock.ts";
import type { LogProgress, LogSection } from "../../logs/schema.ts";
import type { LogFeed } from "./log-feed.ts";

/** A comment in this time keeps proxies from taking silence for death. */
const PING_MS = 15_000;

/** One viewer's stream of a log's progress. Ends with the log, when the viewer goes or `signal` aborts; a slow viewer is told the newest, not each step. */
export function openProgress({ feed, leave }: { feed: LogFeed; leave: () => void }, signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let told: readonly LogSection[] = [];
  let stale = false;
  let tell = () => {};
  let close = () => {};
  let unlisten = () => {};
  let cancelPing = () => {};
  const end = () => {
    unlisten();
    cancelPing();
    leave();
    signal.removeEventListener("abort", close);
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      tell = () => {
        if ((controller.desiredSize ?? 0) <= 0) {
          stale = true;
          return;
        }
        stale = false;
        const state = feed.state();
        const sectionsFrom = firstChanged(told, state.sections);
        told = state.sections.map((section) => ({ ...section }));
        const progress: LogProgress = { ...state, sections: state.sections.slice(sectionsFrom), sectionsFrom };
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(progress)}\n\n`));
        if (feed.over) close();
      };
      const ping = () => {
        controller.enqueue(encoder.encode(": ping\n\n"));
        cancelPing = systemClock.after(PING_MS, ping);
      };
      close = () => {
        end();
        controller.close();
        close = () => {};
      };
      unlisten = feed.onChange(tell);
      signal.addEventListener("abort", close, { once: true });
      cancelPing = systemClock.after(PING_MS, ping);
      tell();
    },
    pull() {
      if (stale) tell();
    },
    cancel: end,
  });
}

/** The first section that is not what was told. */
function firstChanged(told: readonly LogSection[], now: readonly LogSection[]): number {
  const index = now.findIndex((section, place) => {
    const before = told[place];
    return before === undefined || before.to !== section.to || before.from !== section.from || before.header !== section.header;
  });
  return index === -1 ? now.length : index;
}
