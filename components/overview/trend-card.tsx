"use client";

import { useTranslations } from "next-intl";
import { prepareAxis } from "@/components/charts/prepare-axis.ts";
import { prepareScale } from "@/components/charts/prepare-steps.ts";
import { StepChart, type StepSeries } from "@/components/charts/step-chart.tsx";
import { TimeTicks } from "@/components/charts/time-chart.tsx";
import { usePlace } from "@/components/ui/time-context.tsx";
import { localTime } from "@/lib/base/local-time.ts";
import { useCollection } from "@/lib/stream/client/use-live.tsx";
import { prepareTrend, type Trend } from "./prepare-trend.ts";

/** Live and waiting jobs against the slots, over the last hour: is it growing? */
export function TrendCard() {
  const t = useTranslations("now.trend");
  const trend = prepareTrend(useCollection("trend").values());
  return (
    <section className="card" aria-labelledby="h-trend">
      <div className="card-head">
        <h2 id="h-trend">{t("title")}</h2>
        <span className="end">{t("span")}</span>
      </div>
      <div className="card-body">{trend === null ? <p className="sm muted">{t("none")}</p> : <Lines trend={trend} />}</div>
    </section>
  );
}

function Lines({ trend }: { trend: Trend }) {
  const t = useTranslations("now.trend");
  const { timeZone } = usePlace();
  const { live, waiting, slots, fromMs, toMs } = trend;
  const word = (name: "live" | "waiting" | "slots", values: Trend["live"]) => t(name, { count: values.at(-1) ?? 0 });
  const series: StepSeries[] = [
    { name: "slots", values: slots, kind: "kf", bound: true, word: word("slots", slots) },
    { name: "live", values: live, kind: "k1", word: word("live", live) },
    { name: "waiting", values: waiting, kind: "k2", word: word("waiting", waiting) },
  ];
  const known = [...live, ...waiting, ...slots].filter((value) => value !== null);
  const last = (values: Trend["live"]) => String(values.at(-1) ?? t("unknown"));
  const axis = prepareAxis(fromMs, toMs, Math.floor(fromMs / 3_600_000) * 3_600_000, 4);
  return (
    <>
      <StepChart
        series={series}
        scale={prepareScale(Math.max(0, ...known))}
        label={t("label", { live: last(live), waiting: last(waiting), slots: last(slots) })}
        gap={t("gap")}
      >
        <TimeTicks axis={axis} word={(ms) => localTime(axis.zeroMs + ms, timeZone).slice(0, 5)} />
      </StepChart>
      <TrendTable trend={trend} />
    </>
  );
}

/** One line each five minutes, for who cannot see the picture. */
const TABLE_MS = 300_000;

function TrendTable({ trend: { live, waiting, slots, fromMs, stepMs } }: { trend: Trend }) {
  const t = useTranslations("now.trend");
  const { timeZone } = usePlace();
  const every = TABLE_MS / stepMs;
  const rows = live.flatMap((_, index) => ((index + 1) % every === 0 ? [index] : []));
  const cell = (values: Trend["live"], index: number) => values[index] ?? t("unknown");
  return (
    <table className="sr-only">
      <caption>{t("title")}</caption>
      <thead>
        <tr>
          {(["time", "columnLive", "columnWaiting", "columnSlots"] as const).map((name) => (
            <th key={name} scope="col">
              {t(name)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((index) => (
          <tr key={index}>
            <th scope="row">{localTime(fromMs + (index + 1) * stepMs, timeZone).slice(0, 5)}</th>
            <td>{cell(live, index)}</td>
            <td>{cell(waiting, index)}</td>
            <td>{cell(slots, index)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
