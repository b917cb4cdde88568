import { pino, type Logger } from "pino";

/** Keys whose values never belong in a log, wherever they stand; the sources scrub texts before they get here. */
const SECRET_KEYS = ["authorization", "token", "password", "secret", "headers", "cookie", "env", "clientKey", "cert"];

/** JSON lines on standard output. */
export function createLog(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[removed]" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

export type Log = Logger;
