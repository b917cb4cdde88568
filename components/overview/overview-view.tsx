"use client";

import { useTranslations } from "next-intl";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { ManagerCard } from "@/components/managers/manager-table.tsx";
import type { Overview } from "@/lib/fleet/schema.ts";
import { useEntity } from "@/lib/stream/client/use-live.tsx";
import { EmptyFleet } from "./empty-fleet.tsx";
import { EndedCard } from "./ended-card.tsx";
import { LastHourCard } from "./last-hour-card.tsx";
import { Figures } from "./figures.tsx";
import { PhaseCard } from "./phase-card.tsx";
import { ProblemList } from "./problem-list.tsx";
import { SourceStrip } from "./source-strip.tsx";

/** Is all well? One sentence, the figures behind it, what needs somebody, and how old all of it is. */
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
        </div>
      </section>
      <Figures overview={overview} />
      <div className="cols even">
        <ProblemList problems={overview.problems} />
        <div className="c4 stack last-grows">{empty ? <EmptyFleet overview={overview} /> : <PhaseCard overview={overview} />}</div>
        <LastHourCard hour={overview.lastHour} />
        <ManagerCard overview={overview} />
        <EndedCard overview={overview} />
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
