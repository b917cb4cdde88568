"use client";

import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode, type RefObject } from "react";
import { useChartCursor } from "./chart-cursor.tsx";
import { shareOf, type TimeAxis } from "./prepare-axis.ts";

interface CursorBoxProps {
  axis: TimeAxis;
  /** One sentence that says what the picture shows. */
  label: string;
  /** Times that the arrow keys step through, ascending. */
  stops: readonly number[];
  /** What is known at a time, in words. */
  read: (ms: number) => string;
  className?: string;
  /** The box lies over others and lets the pointer through to them; whoever holds it moves the cursor (`useCursorPointer`). */
  seeThrough?: RefObject<HTMLDivElement | null>;
  children?: ReactNode;
}

const percent = (share: number) => `${Math.round(share * 10_000) / 100}%`;

/** Takes the pointer and the keys. A slider, because what is chosen is a place in time; its value is said in words. */
export function CursorBox({ axis, label, stops, read, className = "plot", seeThrough, children }: CursorBoxProps) {
  const { ms, move } = useChartCursor();
  const own = useRef<HTMLDivElement>(null);
  const box = seeThrough ?? own;
  const pointer = useCursorPointer(box, axis);
  const onKey = (event: KeyboardEvent) => {
    const next = nextStop(event.key, stops, ms);
    if (next === undefined) return;
    event.preventDefault();
    move(next);
  };
  const at = ms ?? stops.at(-1) ?? axis.toMs;
  const shown = ms !== null && ms >= axis.fromMs && ms <= axis.toMs;
  return (
    <div
      ref={box}
      className={className}
      // A range input has no picture inside.
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.round((axis.toMs - axis.fromMs) / 1_000)}
      aria-valuenow={Math.round(shareOf(axis, at) * ((axis.toMs - axis.fromMs) / 1_000))}
      aria-valuetext={read(at)}
      {...(seeThrough === undefined ? pointer : {})}
      onKeyDown={onKey}
      onBlur={() => move(null)}
    >
      {children}
      {shown ? (
        <div className={shareOf(axis, ms) > 0.5 ? "chart-cursor flip" : "chart-cursor"} style={{ left: percent(shareOf(axis, ms)) }}>
          <span>{read(ms)}</span>
        </div>
      ) : null}
    </div>
  );
}

/** Moves the cursor to where the pointer stands over this box. */
export function useCursorPointer(
  box: RefObject<HTMLElement | null>,
  axis: TimeAxis,
): { onPointerMove: (event: PointerEvent) => void; onPointerLeave: () => void } {
  const { move } = useChartCursor();
  return {
    onPointerMove: ({ clientX }) => {
      const rect = box.current?.getBoundingClientRect();
      if (rect === undefined || rect.width === 0) return;
      move(axis.fromMs + Math.min(1, Math.max(0, (clientX - rect.left) / rect.width)) * (axis.toMs - axis.fromMs));
    },
    onPointerLeave: () => move(null),
  };
}

/** Where a key leads; undefined: it is none of ours. Escape leads nowhere (null). */
function nextStop(key: string, stops: readonly number[], ms: number | null): number | null | undefined {
  if (key === "Escape") return ms === null ? undefined : null;
  if (key === "Home") return stops[0];
  if (key === "End") return stops.at(-1);
  if (key === "ArrowLeft" || key === "ArrowDown") return ms === null ? stops.at(-1) : (stops.findLast((stop) => stop < ms) ?? stops[0]);
  if (key === "ArrowRight" || key === "ArrowUp") return ms === null ? stops[0] : (stops.find((stop) => stop > ms) ?? stops.at(-1));
  return undefined;
}
