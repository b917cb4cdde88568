import type { ReactNode } from "react";
import { prepareGaps, prepareSteps } from "./prepare-steps.ts";

export interface StepSeries {
  name: string;
  /** One for each step of the whole width; null: not known then. */
  values: readonly (number | null)[];
  /** Class of its colour. */
  kind: "k1" | "k2" | "kf";
  /** Dashed and without an area: a bound and no amount. */
  bound?: boolean;
  /** Its name with the last value, beside the end of its line. */
  word: string;
}

interface StepChartProps {
  series: readonly StepSeries[];
  scale: { top: number; ticks: readonly number[] };
  /** One sentence that says what the picture shows; a table behind it says the rest. */
  label: string;
  /** Why there is no line, in a stretch where nothing at all is known. */
  gap: string;
  children?: ReactNode;
}

const percent = (share: number) => `${Math.round(share * 10_000) / 100}%`;
/** Words nearer than this share of the height would lie over each other. */
const APART = 0.13;

/** Counts that hold for a while each, over time, with their names at the end of their lines. Stretched SVG, words are HTML. */
export function StepChart({ series, scale, label, gap, children }: StepChartProps) {
  const [first] = series;
  const seen = first?.values.map((_, index) => (series.every(({ values }) => values[index] === null) ? null : 0)) ?? [];
  return (
    <figure className="chart" aria-label={label}>
      <div className="plot steps">
        {scale.ticks.map((tick) => (
          <div key={tick} className="grid" style={{ bottom: percent(tick / scale.top) }}>
            <span>{tick}</span>
          </div>
        ))}
        {prepareGaps(seen).map(({ from, to }) => (
          <div key={from} className="band hatch gap low" style={{ left: percent(from), width: percent(to - from) }} title={gap}>
            {to - from > 0.3 ? <span>{gap}</span> : null}
          </div>
        ))}
        <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
          {series.map(({ name, values, kind, bound = false }) => {
            const { lines, areas } = prepareSteps(values, scale.top);
            return (
              <g key={name}>
                {bound ? null : areas.map((d) => <path key={d} className={`area ${kind}`} d={d} />)}
                {lines.map((d) => (
                  <path key={d} className={`line ${kind}${bound ? " dash" : ""}`} d={d} />
                ))}
              </g>
            );
          })}
        </svg>
        {placeWords(series, scale.top).map(({ name, kind, word, share }) => (
          <span key={name} className={`dlab ${kind}`} style={{ bottom: percent(share) }}>
            {word}
          </span>
        ))}
      </div>
      {children}
    </figure>
  );
}

/** Words of lines that end at the right edge, from the lowest up, pushed apart where they would meet. */
function placeWords(series: readonly StepSeries[], top: number): { name: string; kind: string; word: string; share: number }[] {
  let lowest = 0;
  return series
    .flatMap(({ values, ...rest }) => {
      const last = values.at(-1) ?? null;
      return last === null ? [] : [{ ...rest, share: last / top }];
    })
    .toSorted((a, b) => a.share - b.share)
    .map(({ name, kind, word, share }) => {
      const place = Math.min(1 - APART, Math.max(share + 0.01, lowest));
      lowest = place + APART;
      return { name, kind, word, share: place };
    });
}
