"use client";

import { useEffect, useState } from "react";
import type { LogSource, LogState } from "@/lib/logs/schema.ts";
import { LineStore } from "./line-store.ts";
import { readProgress, readRefusal } from "./read-log-answer.ts";

export interface OpenLog {
  /** null: no word from the server yet. */
  state: LogState | null;
  lines: LineStore;
  address: (part: "" | "/search" | "/raw", query?: Record<string, string>) => string;
  /** The stream broke and is being opened again. */
  broken: boolean;
}

/** Follows one log of a job for as long as it is on the page. Changes of `jobPath` or `source` need another `key` of the caller. */
export function useLog(jobPath: string, source: LogSource): OpenLog {
  const [{ lines, address }] = useState(() => {
    const look = crypto.randomUUID();
    const to = (part: string, query: Record<string, string> = {}) =>
      `/api/v1${jobPath}/logs${part}?${new URLSearchParams({ source, look, ...query })}`;
    return { lines: new LineStore((query) => to("", query)), address: to };
  });
  const [state, setState] = useState<LogState | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const stream = new EventSource(address("/stream"));
    stream.onmessage = ({ data }: MessageEvent<string>) => {
      const progress = readProgress(data);
      if (progress === null) return;
      setBroken(false);
      setState((before) => {
        const { sectionsFrom, ...rest } = progress;
        return { ...rest, sections: [...(before?.sections.slice(0, sectionsFrom) ?? []), ...progress.sections] };
      });
      // The browser would open it again and again: there is nothing more to come.
      if (progress.state === "ended" || progress.state === "cut" || progress.state === "failed") stream.close();
    };
    stream.onerror = () => {
      setBroken(true);
      if (stream.readyState === EventSource.CLOSED) void refusal(address("")).then((error) => setState(failed(error)));
    };
    return () => stream.close();
  }, [address]);
  return { state, lines, address, broken };
}

/** EventSource does not say what the server answered, so it is asked once more. */
async function refusal(url: string): Promise<string | null> {
  try {
    return readRefusal(await (await fetch(url, { cache: "no-store" })).json());
  } catch {
    return null;
  }
}

const failed = (error: string | null): LogState => ({ state: "failed", error, lines: 0, first: 1, bytes: 0, sections: [] });
