import type { JobEvent } from "@/lib/fleet/schema.ts";

/** One image that a container needed, as the kubelet's events tell it. */
export interface ImagePull {
  key: string;
  image: string;
  container: string | null;
  status: "pulling" | "pulled" | "failed" | "present";
  /** Milliseconds since the epoch; null when the event is missing. */
  startMs: number | null;
  endMs: number | null;
  /** The kubelet's own figure, waiting for other pulls included; null until it says one. */
  tookMs: number | null;
  /** Said by kubelets from Kubernetes 1.30 on. */
  sizeBytes: number | null;
}

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, µs: 0.001, us: 0.001, ns: 0.000_001 };

/** A Go duration (`1m2.5s`, `812ms`) in milliseconds; null when it is none (https://pkg.go.dev/time#ParseDuration). */
export function parseGoDurationMs(text: string): number | null {
  if (!/^(\d+(\.\d+)?(h|ms|m|s|µs|us|ns))+$/.test(text)) return null;
  let sum = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|µs|us|ns)/g))
    sum += Number(amount) * (UNITS_MS[unit] ?? 0);
  return sum;
}

/**
 * Reads image pulls from the messages of the events Pulling, Pulled and Failed. The wording is the kubelet's
 * (kubernetes `pkg/kubelet/images/image_manager.go`); a message in other words is left to the table of events.
 */
export function preparePulls(events: readonly JobEvent[]): ImagePull[] {
  const pulls = new Map<string, ImagePull>();
  for (const event of events.toSorted((a, b) => a.at.localeCompare(b.at))) {
    const read = readPull(event);
    if (read === null) continue;
    const key = `${event.regarding.container ?? ""} ${read.image}`;
    const before = pulls.get(key);
    if (read.status === "present" && before !== undefined) continue;
    const ownStart = read.status === "pulling" ? Date.parse(event.firstAt) : startOf(event, read);
    const endMs = read.status === "pulling" ? null : Date.parse(event.at);
    pulls.set(key, { ...read, key, container: event.regarding.container, startMs: before?.startMs ?? ownStart, endMs });
  }
  return [...pulls.values()];
}

type ReadPull = Pick<ImagePull, "image" | "status" | "tookMs" | "sizeBytes">;

function readPull({ reason, message }: JobEvent): ReadPull | null {
  const none = { tookMs: null, sizeBytes: null };
  if (reason === "Pulling") return match(message, /^Pulling image "(.+?)"/, (image) => ({ image, status: "pulling", ...none }));
  if (reason === "Failed") return match(message, /^Failed to pull image "(.+?)"/, (image) => ({ image, status: "failed", ...none }));
  if (reason !== "Pulled") return null;
  return (
    match(message, /^Container image "(.+?)" already present on machine/, (image) => ({ image, status: "present", ...none })) ??
    match(
      message,
      /^Successfully pulled image "(.+)" in (\S+?)(?: \((\S+) including waiting\))?\.?(?: Image size: (\d+) bytes\.?)?$/,
      (image, pull, whole, size) => ({
        image,
        status: "pulled",
        tookMs: parseGoDurationMs(whole ?? pull ?? ""),
        sizeBytes: size === undefined ? null : Number(size),
      }),
    )
  );
}

function match(text: string, pattern: RegExp, build: (image: string, ...rest: (string | undefined)[]) => ReadPull): ReadPull | null {
  const found = pattern.exec(text);
  return found === null ? null : build(found[1] ?? "", ...found.slice(2));
}

function startOf(event: JobEvent, { status, tookMs }: ReadPull): number | null {
  return status === "pulled" && tookMs !== null ? Date.parse(event.at) - tookMs : null;
}
