"use client";

import { useTranslations } from "next-intl";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { SlotsCard } from "@/components/managers/slots-card.tsx";
import type { Overview } from "@/lib/fleet/schema.ts";
import { useEntity } from "@/lib/stream/client/use-live.tsx";
import { CeilingCard } from "./ceiling-card.tsx";
import { EmptyFleet } from "./empty-fleet.tsx";
import { EndedCard } from "./ended-card.tsx";
import { Figures, FleetLine } from "./figures.tsx";
import { LastHourCard } from "./last-hour-card.tsx";
import { PhaseCard } from "./phase-card.tsx";
import { ProblemList } from "./problem-list.tsx";
import { SourceStrip } from "./source-strip.tsx";
import { TrendCard } from "./trend-card.tsx";
import { WaitingCard } from "./waiting-card.tsx";

/** Is all well? One sentence, the figures behind it, what needs somebody, what binds, and how old all of it is. */
export function OverviewView() {
  const overview = useEntity("overview", "overview");
  return (
    <>
      <SourceStrip />
      {overview === undefined ? <Loading /> : <Known overview={overview} />}
    </>
  );
}

function Known({ overview }: { overview: Overview }) {
  const sentence = useSentence();
  const empty = overview.live.state === "known" && overview.live.value === 0 && overview.kept.jobs === 0;
  return (
    <>
      <section className="hero">
        <div>
          <h1>{sentence(overview.headline)}</h1>
          <FleetLine overview={overview} />
        </div>
        <Figures overview={overview} />
      </section>
      <div className="cols now-cols">
        <ProblemList problems={overview.problems} />
        <div className="c4 stack now-side">
          <CeilingCard overview={overview} />
          <WaitingCard overview={overview} />
          <TrendCard />
          {empty ? <EmptyFleet overview={overview} /> : <PhaseCard overview={overview} />}
          <EndedCard overview={overview} />
        </div>
        <SlotsCard overview={overview} />
        <LastHourCard hour={overview.lastHour} />
      </div>
    </>
  );
}

/** Shapes of what will stand here, without a figure. */
function Loading() {
  const t = useTranslations("now");
  return (
    <section className="card" aria-busy="true">
      <div className="card-body stack">
        {[40, 70, 55].map((width) => (
          <span key={width} className="skel h" style={{ width: `${width}%` }} aria-hidden="true" />
        ))}
        <p className="xs faint">{t("phases.unknown")}</p>
      </div>
    </section>
  );
}
