"use client";

import { useTranslations } from "next-intl";
import { Spark } from "@/components/charts/spark.tsx";
import type { Problem } from "@/lib/fleet/schema.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { prepareCourse } from "./prepare-trend.ts";

const SPAN_MS = 1_800_000;
const MOST_VALUES = 60;

/** How many jobs a problem harmed over the last half hour: is it new, growing, or going? Nothing before there is a course. */
export function ProblemSpark({ problem, kind }: { problem: Problem; kind: "k2" | "kd" | "kt" }) {
  const t = useTranslations("now.problems");
  const values = prepareCourse(useCollection("trend").values(), problem.key, SPAN_MS, MOST_VALUES);
  if (values === null) return <span className="tr" />;
  return (
    <span className="tr">
      <Spark values={values} kind={kind} />
      <span>{t("course")}</span>
    </span>
  );
}
