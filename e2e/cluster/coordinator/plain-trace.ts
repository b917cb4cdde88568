import { stripVTControlCharacters } from "node:util";

/**
 * A trace as a reader sees it: without time stamps and stream marks (feature flag FF_TIMESTAMPS; a `+` joins a line with the
 * one before), section markers and colours.
 */
export function plainTrace(trace: string): string {
  const text = trace
    .replace(/^[\d-]{10}T[\d:.]+Z [0-9a-f]{2}[OE]\+/gm, "\0")
    .replaceAll("\n\0", "")
    .replace(/^[\d-]{10}T[\d:.]+Z [0-9a-f]{2}[OE] /gm, "")
    .replace(/section_(start|end):\d+:[^\r]*\r/g, "");
  return stripVTControlCharacters(text);
}
