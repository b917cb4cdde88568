"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { useState } from "react";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { Button } from "@/components/ui/button.tsx";
import { Kbd } from "@/components/ui/kbd.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Clock } from "@/components/ui/time.tsx";
import type { Problem } from "@/lib/fleet/schema.ts";
import { LongText } from "./long-text.tsx";
import { ProblemSpark } from "./problem-spark.tsx";
import { NoProblems } from "./no-problems.tsx";
import { cutProblems } from "./prepare-problems.ts";
import { useProblemKeys } from "./use-problem-keys.ts";

const SHAPES = {
  unschedulable: { name: "unschedulable", tone: "waiting", v: "unsched" },
  "image-pull": { name: "image-pull-failed", tone: "danger", v: "pull" },
  "oom-killed": { name: "oom-killed", tone: "danger", v: "oom" },
  "cpu-throttled": { name: "throttled", tone: "throttled", v: "throttled" },
  "refused-pods": { name: "unschedulable", tone: "waiting", v: "unsched" },
  evicted: { name: "evicted", tone: "danger", v: "evicted" },
  "node-not-ready": { name: "system-failure", tone: "danger", v: "system" },
  "manager-down": { name: "system-failure", tone: "danger", v: "system" },
  "manager-restarts": { name: "system-failure", tone: "waiting", v: "waiting" },
  "no-managers": { name: "unknown", tone: "unknown", v: "unknown" },
  source: { name: "unknown", tone: "unknown", v: "unknown" },
  "stuck-terminating": { name: "orphaned", tone: "waiting", v: "orphan" },
  "system-failure": { name: "system-failure", tone: "danger", v: "system" },
  orphaned: { name: "orphaned", tone: "waiting", v: "orphan" },
  "manager-full": { name: "waiting", tone: "waiting", v: "waiting" },
  "manager-throttled": { name: "waiting", tone: "waiting", v: "waiting" },
  "manager-not-polling": { name: "system-failure", tone: "danger", v: "system" },
  "polls-failing": { name: "system-failure", tone: "danger", v: "system" },
  "manager-strained": { name: "system-failure", tone: "waiting", v: "waiting" },
  "manager-old": { name: "unknown", tone: "unknown", v: "unknown" },
  "waiting-jobs": { name: "waiting", tone: "waiting", v: "waiting" },
} as const satisfies Record<Problem["kind"], unknown>;

/** Characters that fit beside the button. */
const ONE_LINE = 100;
const TWO_LINES = 180;
/** So few problems have room for all their words. */
const ROOMY = 3;

/** What is wrong, worst first, each with its remedy and a way to its cause. */
export function ProblemList({ problems }: { problems: readonly Problem[] }) {
  const t = useTranslations("now");
  const [all, setAll] = useState(false);
  const { needsYou, toWatch, hidden } = cutProblems(problems, all);
  const shown = [...needsYou.shown, ...toWatch.shown];
  useProblemKeys(shown);
  const groups = [
    ["needsYou", needsYou],
    ["toWatch", toWatch],
  ] as const;
  return (
    <section className="card c8" aria-labelledby="h-problems">
      <div className="card-head">
        <h2 id="h-problems">
          {t("problems.title")} <span className="count">{problems.length}</span>
        </h2>
        <span className="end">{t("problems.ranked")}</span>
      </div>
      {problems.length === 0 ? <NoProblems /> : null}
      {groups.map(([name, list]) =>
        list.count === 0 ? null : (
          <section key={name} aria-labelledby={`h-${name}`}>
            <h3 id={`h-${name}`} className={name === "needsYou" ? "subhead bad" : "subhead"}>
              {name === "needsYou" ? <Shape name="oom-killed" tone="danger" /> : null}
              {t(`problems.${name}`)} · {list.count}
            </h3>
            <ol>
              {list.shown.map((problem) => (
                <ProblemRow
                  key={problem.key}
                  problem={problem}
                  place={shown.indexOf(problem) + 1}
                  minor={name === "toWatch"}
                  tight={name === "toWatch" && problems.length > ROOMY}
                />
              ))}
            </ol>
          </section>
        ),
      )}
      {hidden === 0 && !all ? null : (
        <p className="card-foot">
          <Button small variant="ghost" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? t("problems.fewer") : t("problems.more", { count: hidden })}
          </Button>
        </p>
      )}
    </section>
  );
}

interface RowProps {
  problem: Problem;
  /** From 1; the key that opens it, up to 9. */
  place: number;
  minor: boolean;
  tight: boolean;
}

function ProblemRow({ problem, place, minor, tight }: RowProps) {
  const t = useTranslations("now");
  const sentence = useSentence();
  const { name, tone, v } = SHAPES[problem.kind];
  const title = sentence(problem.title);
  const most = tight ? ONE_LINE : TWO_LINES;
  const detail = problem.detail === null ? null : sentence(problem.detail);
  return (
    <li className={["problem plain", minor ? "minor" : null, tight ? "tight" : null].filter(Boolean).join(" ")} data-v={v}>
      <Shape name={name} tone={tone} />
      <div className="x">
        <p className="t two-lines" title={title}>
          {title}
        </p>
        {detail === null ? null : (
          <div className="e">
            <LongText text={detail} most={most} />
          </div>
        )}
        {problem.remedy === null ? null : (
          <div className="fix">
            <LongText text={sentence(problem.remedy)} most={most} />
          </div>
        )}
      </div>
      <ProblemSpark problem={problem} kind={tone === "danger" ? "kd" : tone === "throttled" ? "kt" : "k2"} />
      <div className="go">
        <Link
          className="btn small"
          href={problem.target}
          aria-label={t("problems.openLabel", { title })}
          aria-keyshortcuts={place < 10 ? String(place) : undefined}
        >
          {problem.jobs > 0 ? t("problems.jobs", { count: problem.jobs }) : t("problems.open")}
          {place < 10 ? <Kbd>{place}</Kbd> : null}
        </Link>
        {problem.since === null ? null : (
          <span className="xs faint nowrap">{t.rich("problems.since", { at: () => <Clock at={problem.since ?? ""} /> })}</span>
        )}
      </div>
    </li>
  );
}
