import { prepareSteps } from "./prepare-steps.ts";

/** A small course of one count, without axes; its words stand beside it. */
export function Spark({ values, kind }: { values: readonly (number | null)[]; kind: "k1" | "k2" | "kf" | "kd" | "kt" }) {
  const { lines, areas } = prepareSteps(values, Math.max(1, ...values.map((value) => value ?? 0)) * 1.1);
  return (
    <svg className="spark" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {areas.map((d) => (
        <path key={d} className={`area ${kind}`} d={d} />
      ))}
      {lines.map((d) => (
        <path key={d} className={`line ${kind}`} d={d} />
      ))}
    </svg>
  );
}
