"use client";

import { Shape } from "@/components/ui/shape.tsx";
import { CursorBox } from "./cursor-box.tsx";
import { shareOf, type TimeAxis } from "./prepare-axis.ts";
import type { Plot } from "./prepare-plot.ts";

/** A stretch of time with a word; the word is left out where it has no room, and stands in the title. */
export interface Stretch {
  fromMs: number;
  toMs: number;
  word: string;
}

interface TimeChartProps {
  axis: TimeAxis;
  plot: Plot;
  /** One sentence that says what the picture shows. */
  label: string;
  series: "neutral" | "first";
  filled?: boolean;
  limit: { value: number; word: string } | null;
  request: { value: number; word: string } | null;
  bands: readonly Stretch[];
  gaps: readonly Stretch[];
  /** Lines through the plot; without a word where another chart of the card says it. */
  marks: readonly { ms: number; word: string }[];
  /** Times that the arrow keys step through, ascending. */
  stops: readonly number[];
  /** What is known at a time, in words. */
  read: (ms: number) => string;
}

/** Width that a letter takes of a plot of 300 px; a Chinese character takes two. Below it the word would lie over its neighbour. */
const LETTER = 0.02;
/** A stretch below this share would be a smear. */
const LEAST = 0.01;
const hasRoom = (word: string, width: number) => width >= 0.03 + LETTER * word.replaceAll(/[\u2e80-\uffff]/g, "xx").length;
const percent = (share: number) => `${Math.round(share * 10_000) / 100}%`;

/**
 * One value over time. The plot is SVG that is stretched to its box, words and bands are HTML, so nothing is distorted and nothing is
 * measured: the server's HTML already shows the picture. Arrow keys, Home and End move the time that all charts of the page show.
 */
export function TimeChart({ axis, plot, label, series, filled = false, limit, request, bands, gaps, marks, stops, read }: TimeChartProps) {
  const kind = series === "first" ? "k1" : "kf";
  return (
    <CursorBox axis={axis} label={label} stops={stops} read={read}>
      <Stretches axis={axis} items={bands} className="band hatch" />
      <Stretches axis={axis} items={gaps} className="band hatch gap low" />
      {limit === null ? null : (
        <div className="limit left" style={{ bottom: percent(limit.value / plot.top) }}>
          <span>{limit.word}</span>
        </div>
      )}
      {request === null || request.value > plot.top ? null : (
        <div className="limit req" style={{ bottom: percent(request.value / plot.top) }}>
          {request.word === "" ? null : <span>{request.word}</span>}
        </div>
      )}
      <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {filled ? plot.areas.map((d) => <path key={d} className={`area ${kind}`} d={d} />) : null}
        {plot.lines.map((d) => (
          <path key={d} className={`line ${kind}`} d={d} />
        ))}
        {plot.dots === "" ? null : <path className={`dots ${kind}`} d={plot.dots} />}
      </svg>
      {marks.map((mark) => {
        const left = shareOf(axis, mark.ms);
        return (
          <div key={`${mark.ms} ${mark.word}`} className={left > 0.5 ? "mark flip" : "mark"} style={{ left: percent(left) }}>
            {mark.word === "" ? null : (
              <span>
                <Shape name="oom-killed" />
                {mark.word}
              </span>
            )}
          </div>
        );
      })}
    </CursorBox>
  );
}

function Stretches({ axis, items, className }: { axis: TimeAxis; items: readonly Stretch[]; className: string }) {
  return items.map(({ fromMs, toMs, word }) => {
    const left = shareOf(axis, fromMs);
    const width = shareOf(axis, toMs) - left;
    if (width < LEAST) return null;
    return (
      <div key={`${fromMs} ${word}`} className={className} style={{ left: percent(left), width: percent(width) }} title={word}>
        {hasRoom(word, width) ? <span>{word}</span> : null}
      </div>
    );
  });
}

/** Ticks under a chart; `word` writes the time since T+0. */
export function TimeTicks({ axis, word }: { axis: TimeAxis; word: (ms: number) => string }) {
  return (
    <div className="xaxis" aria-hidden="true">
      {axis.ticks.map((tick) => (
        <span
          key={tick.ms}
          data-edge={tick.share < 0.06 ? "first" : tick.share > 0.9 ? "last" : undefined}
          style={{ left: percent(tick.share) }}
        >
          {word(tick.ms)}
        </span>
      ))}
    </div>
  );
}
