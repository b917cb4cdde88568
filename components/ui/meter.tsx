import { formatShare } from "@/lib/base/units.ts";

interface MeterProps {
  value: number;
  /** The limit, where the track ends; null: there is none, and so no share. */
  max: number | null;
  label: string;
  tone?: "neutral" | "waiting" | "danger";
  /** What is read aloud instead of the share, for example `1.43 of 2 GiB`. */
  valueText?: string;
  /** A tick at the highest value so far; null: not known. */
  peak?: number | null;
  /** Lost to a limit: the fill is hatched. The figure stands beside it. */
  hatched?: boolean;
  /** Greyed: the value is the last one known. */
  old?: boolean;
}

const TONES = { neutral: "", waiting: " warn", danger: " over" } as const;

/** A track that ends at the limit. Without a limit it is a dashed line without a fill; a value over the limit fills the track. */
export function Meter({ value, max, label, tone = "neutral", valueText, peak = null, hatched = false, old = false }: MeterProps) {
  if (max === null || max <= 0) return <div className="meter nolimit" aria-hidden="true" />;
  const share = Math.min(Math.max(value / max, 0), 1);
  return (
    // A <meter> cannot be drawn with a limit's end cap in every browser.
    <div
      className={`meter${TONES[tone]}${old ? " stale" : ""}`}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={Math.min(Math.max(value, 0), max)}
      aria-valuetext={valueText ?? formatShare(value / max)}
    >
      {share > 0 ? <i className="fill" style={{ width: `${share * 100}%` }} /> : null}
      {hatched && share > 0 ? <i className="thr hatch" style={{ width: `${share * 100}%` }} /> : null}
      {peak === null || peak <= 0 ? null : <i className="peak" style={{ left: `${Math.min(peak / max, 1) * 100}%` }} />}
    </div>
  );
}
