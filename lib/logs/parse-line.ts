import { stripAnsi } from "./parse-ansi.ts";
import type { LogLine } from "./schema.ts";

/** One line as it came, read as far as its outside goes. */
export interface RawLine {
  /** Milliseconds since the epoch; null: no stamp. */
  atMs: number | null;
  stream: LogLine["stream"];
  error: boolean;
  /** Goes on with the line before of the same stream. */
  continued: boolean;
  marks: SectionMark[];
  /** What is to be shown, escape sequences still in it. */
  text: string;
  overwritten: number;
}

export interface SectionMark {
  kind: "start" | "end";
  name: string;
  atMs: number;
  collapsed: boolean;
}

/** Runner `common/buildlogger/internal/timestamper`: 28 characters, then the stream (00 runner, 01 job, 0f and up services) and whether it goes on. */
const RUNNER_STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([0-9a-f]{2})([OE])([ +])/;
const ESC = "\u001b";
/** Kubelet, `pods/log?timestamps=true`: RFC 3339 with nanoseconds, then a blank. */
const KUBELET_STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) /;
/** Runner `helpers/build_section.go`; a job's own sections may have options. */
const SECTION = new RegExp(String.raw`section_(start|end):(\d{1,12}):([A-Za-z0-9_.-]{1,128})(\[[^\]\r\n]{0,200}\])?\r(?:${ESC}\[0K)?`, "g");
/** What a stage's script writes when it begins and ends (runner `shells/bash.go`); the path ends in the stage's name. */
const SCRIPT = /^\{(?:"command_exit_code": ?(-?\d{1,10}), ?)?"script": ?"[^"]{0,1000}?([a-z][a-z0-9_]{1,127})"\}\s*$/;

/** Reads a line without its newline. `from` says which stamp it may carry: one that looks like the other's is the job's own text. */
export function parseLine(raw: string, from: "gitlab" | "kubelet"): RawLine {
  const stamp = from === "gitlab" ? readRunnerStamp(raw) : readKubeletStamp(raw);
  const marks: SectionMark[] = [];
  let body = raw.slice(stamp.length);
  if (body.includes("section_"))
    body = body.replaceAll(SECTION, (_all, kind: string, seconds: string, name: string, options: string | undefined) => {
      const atMs = Number(seconds) * 1_000;
      marks.push({ kind: kind === "start" ? "start" : "end", name, atMs, collapsed: options?.includes("collapsed=true") === true });
      return "";
    });
  const script = from === "kubelet" && body.startsWith("{") ? SCRIPT.exec(body) : null;
  if (script !== null) {
    marks.push({ kind: script[1] === undefined ? "start" : "end", name: script[2] ?? "", atMs: stamp.atMs ?? 0, collapsed: false });
    body = "";
  }
  const { text, overwritten } = collapse(body);
  return { atMs: stamp.atMs, stream: stamp.stream, error: stamp.error, continued: stamp.continued, marks, text, overwritten };
}

const NO_STAMP = { length: 0, atMs: null, stream: null, error: false, continued: false };

function readRunnerStamp(raw: string): Pick<RawLine, "atMs" | "stream" | "error" | "continued"> & { length: number } {
  const found = RUNNER_STAMP.exec(raw);
  if (found === null) return NO_STAMP;
  const [whole, at = "", stream = "", channel, mode] = found;
  const number = Number.parseInt(stream, 16);
  return {
    length: whole.length,
    atMs: Date.parse(at),
    stream: number === 0 ? "runner" : number < 0x0f ? "job" : "service",
    error: channel === "E",
    continued: mode === "+",
  };
}

function readKubeletStamp(raw: string): ReturnType<typeof readRunnerStamp> {
  const found = KUBELET_STAMP.exec(raw);
  return found === null ? NO_STAMP : { ...NO_STAMP, length: found[0].length, atMs: Date.parse(found[1] ?? "") };
}

/** A carriage return goes back to the beginning of the line: what is written last stays. Empty rewrites (`\r` before the end) do not count. */
export function collapse(body: string): { text: string; overwritten: number } {
  if (!body.includes("\r")) return { text: body, overwritten: 0 };
  const states = body.split("\r").filter((state) => stripAnsi(state) !== "");
  return { text: states.at(-1) ?? "", overwritten: Math.max(0, states.length - 1) };
}
