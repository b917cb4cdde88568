import type { Log } from "./log.ts";

const SIGNALS = [
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
] as const;
/** Nothing waits longer, in ms; Kubernetes gives 30 s, a person at a terminal less. */
const MOST_MS = 3_000;

/**
 * Ends the process after `stop`: streams end, what waits for the history is written. The launcher sets NEXT_MANUAL_SIG_HANDLE, else Next exits as soon
 * as no response is open, before a database across the network has taken the last jobs. A signal that comes twice (Ctrl-C goes to the launcher and to
 * the server, and the launcher passes it on) must not cut that short.
 */
export function stopOnSignals({ stop, log }: { stop: () => Promise<void>; log: Pick<Log, "info"> }): void {
  let stopping = false;
  for (const [signal, code] of SIGNALS)
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      log.info({ signal }, "stopping");
      setTimeout(() => process.exit(code), MOST_MS).unref();
      void stop().finally(() => {
        if (signal === "SIGHUP" || process.env["NEXT_MANUAL_SIG_HANDLE"]) process.exit(code);
      });
    });
}
