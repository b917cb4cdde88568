import type { ReactNode } from "react";
import { Shape, type ShapeName, type Tone } from "./shape.tsx";

interface ChipProps {
  shape: ShapeName;
  tone: Tone;
  /** Grey word without a tint; only the shape keeps its colour. */
  quiet?: boolean;
  children: ReactNode;
}

/** A status as shape and word. */
export function Chip({ shape, tone, quiet = false, children }: ChipProps) {
  return (
    <span className={quiet ? "chip quiet" : "chip"} data-tone={tone}>
      <Shape name={shape} />
      {children}
    </span>
  );
}
