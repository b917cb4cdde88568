import type { VerdictKind } from "@/lib/fleet/schema.ts";

type ShapeName =
  | "ok"
  | "running"
  | "waiting"
  | "oom-killed"
  | "image-pull-failed"
  | "unschedulable"
  | "script-failed"
  | "system-failure"
  | "evicted"
  | "dind-not-ready"
  | "timed-out"
  | "cancelled"
  | "orphaned"
  | "unknown";
type Tone = "ok" | "running" | "waiting" | "danger" | "unknown";

/**
 * The outline and the colour of each verdict. The outline tells verdicts apart without colour; kinds that share an outline
 * differ in their word.
 */
export const VERDICT_SHAPES: Readonly<Record<VerdictKind, { shape: ShapeName; tone: Tone }>> = {
  running: { shape: "running", tone: "running" },
  succeeded: { shape: "ok", tone: "ok" },
  "waiting-slot": { shape: "waiting", tone: "waiting" },
  "waiting-request-path": { shape: "waiting", tone: "waiting" },
  "waiting-cluster": { shape: "unschedulable", tone: "waiting" },
  "waiting-image": { shape: "waiting", tone: "waiting" },
  "script-failed": { shape: "script-failed", tone: "danger" },
  "oom-killed": { shape: "oom-killed", tone: "danger" },
  "image-pull-failed": { shape: "image-pull-failed", tone: "danger" },
  "service-failed": { shape: "dind-not-ready", tone: "waiting" },
  "dind-not-ready": { shape: "dind-not-ready", tone: "waiting" },
  "timed-out": { shape: "timed-out", tone: "waiting" },
  cancelled: { shape: "cancelled", tone: "unknown" },
  evicted: { shape: "evicted", tone: "danger" },
  "node-lost": { shape: "evicted", tone: "danger" },
  "deleted-externally": { shape: "cancelled", tone: "danger" },
  "runner-interrupted": { shape: "system-failure", tone: "danger" },
  "runner-system-failure": { shape: "system-failure", tone: "danger" },
  orphaned: { shape: "orphaned", tone: "waiting" },
  unknown: { shape: "unknown", tone: "unknown" },
};

/** Verdicts that stay grey in tables: nothing to do about them. */
export const QUIET_VERDICTS: ReadonlySet<VerdictKind> = new Set<VerdictKind>(["running", "succeeded", "cancelled", "unknown"]);
