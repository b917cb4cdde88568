import type { ReactNode } from "react";

export type Tone = "ok" | "running" | "waiting" | "danger" | "throttled" | "unknown" | "faint";
export type ShapeName = keyof typeof SHAPES;

const line = { fill: "none", stroke: "currentColor", strokeWidth: 1.5, strokeLinecap: "round", strokeLinejoin: "round" } as const;

/** On a 12 px grid, told apart by their outline: colour only repeats what the outline says. */
export const SHAPES = {
  // Verdicts
  ok: <path d="m2 6.5 2.7 2.7L10 3.3" {...line} strokeWidth={1.8} />,
  running: <path d="M3.2 1.8v8.4L10.2 6z" {...line} fill="currentColor" strokeWidth={1} />,
  waiting: (
    <>
      <circle cx={6} cy={6} r={4.8} {...line} />
      <path d="M6 3.4V6l1.8 1.2" {...line} strokeWidth={1.3} />
    </>
  ),
  "oom-killed": <path d="M6 .3 11.7 6 6 11.7.3 6z" fill="currentColor" />,
  throttled: (
    <>
      <rect x={1} y={1} width={10} height={10} rx={1.5} {...line} strokeWidth={1.3} />
      <path d="M1.5 7 7 1.5M1.5 11 11 1.5M5.5 10.7l5.2-5.2" {...line} strokeWidth={1.3} strokeLinecap="butt" />
    </>
  ),
  "image-pull-failed": (
    <>
      <path d="M6 .8v5.7M3.2 4 6 6.8 8.8 4" {...line} strokeWidth={1.6} />
      <path d="m3.8 8.6 4.4 2.8M8.2 8.6l-4.4 2.8" {...line} strokeWidth={1.4} />
    </>
  ),
  unschedulable: <rect x={1} y={1} width={10} height={10} rx={1} {...line} strokeLinecap="butt" strokeDasharray="2.6 1.7" />,
  "script-failed": <path d="m2.2 2.2 7.6 7.6M9.8 2.2 2.2 9.8" {...line} strokeWidth={2} />,
  "system-failure": (
    <>
      <path d="M6 .9 11.5 10.9H.5z" {...line} strokeWidth={1.4} />
      <path d="M6 4.6v2.8M6 9.1v.1" {...line} />
    </>
  ),
  evicted: <path d="M6.5 1h-5v9.5H11V6M5 7l5.8-5.8M7.6 1H11v3.4" {...line} strokeLinecap="butt" />,
  "dind-not-ready": (
    <>
      <path d="M6 .7 10.8 3.4v5.2L6 11.3 1.2 8.6V3.4z" {...line} strokeWidth={1.4} />
      <path d="M6 4v4" {...line} strokeWidth={1.4} strokeDasharray="1.2 1.6" />
    </>
  ),
  "timed-out": <path d="M2.5 1h7M2.5 11h7M3.2 1c0 4 5.6 6 5.6 10M8.8 1c0 4-5.6 6-5.6 10" {...line} strokeWidth={1.3} />,
  cancelled: (
    <>
      <circle cx={6} cy={6} r={4.9} {...line} strokeWidth={1.4} />
      <path d="M2.6 9.4 9.4 2.6" {...line} strokeWidth={1.4} />
    </>
  ),
  orphaned: (
    <>
      <path d="M8.6 2.3A4.6 4.6 0 1 0 9.7 8.7" {...line} />
      <circle cx={10.3} cy={5.3} r={1.3} fill="currentColor" />
    </>
  ),
  unknown: (
    <>
      <circle cx={6} cy={6} r={5} {...line} strokeWidth={1.2} strokeLinecap="butt" strokeDasharray="2 1.5" />
      <path d="M4.6 4.9a1.45 1.45 0 1 1 2 1.3c-.4.2-.6.5-.6.9M6 8.8v.1" {...line} strokeWidth={1.2} />
    </>
  ),
  // Sources and containers
  live: <circle cx={6} cy={6} r={5} fill="currentColor" />,
  degraded: (
    <>
      <circle cx={6} cy={6} r={4.8} {...line} />
      <path d="M6 1.2a4.8 4.8 0 0 1 0 9.6z" fill="currentColor" />
    </>
  ),
  stale: <circle cx={6} cy={6} r={4.7} {...line} strokeWidth={1.7} />,
  failed: <path d="m3 3 6 6M9 3 3 9" {...line} strokeWidth={2.2} strokeLinecap="square" />,
  forbidden: (
    <>
      <rect x={1.5} y={5} width={9} height={6.3} rx={1} fill="currentColor" />
      <path d="M3.5 5V3.4a2.5 2.5 0 0 1 5 0V5" {...line} />
    </>
  ),
  off: <path d="M1.5 6h9" {...line} strokeWidth={2} />,
  stopped: <rect x={1.5} y={1.5} width={9} height={9} rx={1} fill="currentColor" />,
  "not-started": <path d="M3 6h6" {...line} strokeWidth={1.4} strokeDasharray=".1 2.9" />,
} as const satisfies Record<string, ReactNode>;

interface ShapeProps {
  name: ShapeName;
  /** Without one the shape takes the colour of the text around it. */
  tone?: Tone;
}

/** A state as an outline. Decorative: the word that says the same stands beside it. */
export function Shape({ name, tone }: ShapeProps) {
  return (
    <svg className="s" viewBox="0 0 12 12" aria-hidden="true" focusable="false" data-tone={tone}>
      {SHAPES[name]}
    </svg>
  );
}
