import { createTranslator } from "next-intl";
import type { z } from "zod";
import type { Job, Overview, Sentence } from "@/lib/fleet/schema.ts";
import en from "@/app/i18n/messages/en/fleet.json";
import zh from "@/app/i18n/messages/zh-CN/fleet.json";
import type { apiJobSchema, apiOverviewSchema } from "./schema.ts";

export type Compose = (sentence: Sentence) => string;

const composers: Record<"en" | "zh-CN", Compose> = { en: composer("en", en), "zh-CN": composer("zh-CN", zh) };

/** Composes sentences in the first language of Accept-Language that we speak, else English. */
export function composeFor(request: Request): Compose {
  return composers[languageOf(request.headers.get("accept-language") ?? "")];
}

/** Languages by weight (RFC 9110 §12.5.4); `zh` in any form is Simplified Chinese here. */
export function languageOf(accept: string): "en" | "zh-CN" {
  const wanted = accept
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const weight = Number(parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find((one) => one !== undefined) ?? 1);
      return { tag, weight };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  const first = wanted.find(({ tag }) => /^(en|zh)(-|$)/.test(tag));
  return first?.tag.startsWith("zh") ? "zh-CN" : "en";
}

function composer(locale: string, fleet: object): Compose {
  const messages: Record<string, unknown> = { fleet };
  // A sentence without a message must not break an answer: its key and values still say what is meant.
  const translate = createTranslator({
    locale,
    messages: messages as never,
    onError: () => {},
    getMessageFallback: () => "",
  }) as unknown as (key: string, values: Sentence["values"]) => string;
  return ({ key, values }) =>
    translate(`fleet.sentence.${key}`, values) || [key, ...Object.entries(values).map(([name, value]) => `${name}=${value}`)].join(" ");
}

export function composeJob(job: Job, compose: Compose): z.infer<typeof apiJobSchema> {
  const remedy = (sentence: Sentence | null) => (sentence === null ? null : compose(sentence));
  return {
    ...job,
    verdict: { ...job.verdict, sentence: compose(job.verdict.sentence), remedy: remedy(job.verdict.remedy) },
    findings: job.findings.map((finding) => ({ ...finding, sentence: compose(finding.sentence), remedy: remedy(finding.remedy) })),
  };
}

export function composeOverview(overview: Overview, compose: Compose): z.infer<typeof apiOverviewSchema> {
  const maybe = (sentence: Sentence | null) => (sentence === null ? null : compose(sentence));
  return {
    ...overview,
    headline: compose(overview.headline),
    problems: overview.problems.map((problem) => ({
      ...problem,
      title: compose(problem.title),
      detail: maybe(problem.detail),
      remedy: maybe(problem.remedy),
    })),
  };
}
