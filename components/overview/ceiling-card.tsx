"use client";

import { useTranslations } from "next-intl";
import { NoData } from "@/components/jobs/known.tsx";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { GroupFresh } from "@/components/sources/group-fresh.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatShare } from "@/lib/base/units.ts";
import type { Capacity, Evidence, Overview } from "@/lib/fleet/schema.ts";
import { prepareCeilings, type CeilingBar, type CeilingView } from "./prepare-ceilings.ts";

/** Which of three ceilings holds jobs back, and how far away the others are. */
export function CeilingCard({ overview }: { overview: Overview }) {
  const t = useTranslations("now.binds");
  const sentence = useSentence();
  const { capacity } = overview;
  const view = prepareCeilings(overview);
  const bound = capacity.binds !== "none" && capacity.binds !== "unknown";
  return (
    <section className="card" aria-labelledby="h-ceil">
      <div className="card-head">
        <h2 id="h-ceil">{t("title")}</h2>
        <span className="end">
          <GroupFresh name="managers" />
        </span>
      </div>
      <div className="card-body">
        <p className={bound ? "ceil-say wait" : "ceil-say muted"}>{sentence(capacity.sentence)}</p>
        <Bars view={view} capacity={capacity} />
      </div>
      <Why capacity={capacity} />
    </section>
  );
}

function Bars({ view, capacity }: { view: CeilingView; capacity: Capacity }) {
  const t = useTranslations("now.binds");
  const demand = view.wanted === null || view.wanted > view.max ? null : `${(view.wanted / view.max) * 100}%`;
  return (
    <>
      <div className="ceil" aria-hidden="true">
        {view.wanted === null ? null : (
          <>
            <span className="k" />
            <div className="barbox label">
              <span className="demandlab" style={{ left: demand ?? "100%" }} data-edge={edgeOf(view.wanted / view.max)}>
                {t(view.atLeast ? "wantedAtLeast" : "wanted", { count: view.wanted })}
              </span>
            </div>
            <span className="v" />
          </>
        )}
        {view.bars.map((bar) => (
          <div key={bar.name} className="contents">
            <span className="k">{t(`bar.${bar.name}`)}</span>
            <div className="barbox">
              <Bar bar={bar} max={view.max} />
              {demand === null ? null : <span className="demand" style={{ left: demand }} />}
            </div>
            <span className={bar.binds ? "v wait b" : "v"}>
              <BarFigure bar={bar} refused={view.refused} />
            </span>
          </div>
        ))}
        <span className="k" />
        <div className="barbox axis">
          <span className="demandlab" data-edge="start">
            0
          </span>
          <span className="demandlab" style={{ left: "50%" }}>
            {t("axis", { count: view.max / 2 })}
          </span>
          <span className="demandlab" style={{ left: "100%" }} data-edge="end">
            {view.max}
          </span>
        </div>
        <span className="v" />
      </div>
      <BarTable view={view} capacity={capacity} />
    </>
  );
}

/** A label at the end of its line leans inwards. */
function edgeOf(share: number): "start" | "end" | undefined {
  return share < 0.14 ? "start" : share > 0.86 ? "end" : undefined;
}

function Bar({ bar, max }: { bar: CeilingBar; max: number }) {
  if (bar.kind === "unknown") return <span className="bar na hatch" style={{ width: "100%" }} />;
  const binds = bar.binds ? " binds" : "";
  if (bar.kind === "open") return <span className={`bar open${binds}`} style={{ width: "100%" }} />;
  const width = Math.min(bar.total, max) / max;
  const filled = bar.total === 0 ? 0 : Math.min(bar.inUse, bar.total, max) / Math.min(bar.total, max);
  return (
    <span className={`bar${bar.beyond ? " beyond" : ""}${binds}`} style={{ width: `${width * 100}%` }}>
      <i style={{ width: `${filled * 100}%` }} />
    </span>
  );
}

function BarFigure({ bar, refused }: { bar: CeilingBar; refused: number | null }) {
  const t = useTranslations("now.binds");
  if (bar.kind === "unknown") return <NoData reason="not-seen" />;
  const figure =
    bar.name === "requests"
      ? refused === null || refused === 0
        ? t("clear")
        : t("refused", { share: formatShare(refused) })
      : bar.kind === "open"
        ? t("noRequest")
        : String(bar.total);
  return bar.binds ? t("binds", { figure }) : figure;
}

/** The same for who cannot see the bars. */
function BarTable({ view, capacity }: { view: CeilingView; capacity: Capacity }) {
  const t = useTranslations("now.binds");
  return (
    <table className="sr-only">
      <caption>{t("title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("ceiling")}</th>
          <th scope="col">{t("inUse")}</th>
          <th scope="col">{t("atOnce")}</th>
        </tr>
      </thead>
      <tbody>
        {view.bars.map((bar) => (
          <tr key={bar.name}>
            <th scope="row">{t(`bar.${bar.name}`)}</th>
            <td>{bar.kind === "bounded" ? bar.inUse : "–"}</td>
            <td>
              <BarFigure bar={bar} refused={view.refused} />
              {bar.name === "requests" && capacity.requestPath.failing.length > 0 ? ` ${capacity.requestPath.failing.join(", ")}` : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Why the others do not bind, and what all of it rests on. */
function Why({ capacity }: { capacity: Capacity }) {
  const t = useTranslations("now.binds");
  const sentence = useSentence();
  if (capacity.whyNot.length === 0 && capacity.evidence.length === 0) return null;
  return (
    <details className="fold">
      <summary>{t("why")}</summary>
      <div className="card-body stack">
        {capacity.whyNot.length === 0 ? null : (
          <ul className="whynot">
            {capacity.whyNot.map((one) => (
              <li key={one.key}>{sentence(one)}</li>
            ))}
          </ul>
        )}
        {capacity.evidence.length === 0 ? null : (
          <ul className="whynot faint xs">
            {capacity.evidence.map((one) => (
              <EvidenceLine key={`${one.source} ${one.field} ${one.value}`} evidence={one} />
            ))}
          </ul>
        )}
      </div>
    </details>
  );
}

function EvidenceLine({ evidence: { source, field, value, at } }: { evidence: Evidence }) {
  return (
    <li>
      {at === null ? null : (
        <>
          <Clock at={at} /> ·{" "}
        </>
      )}
      {source} · <span className="mono">{field}</span> · {value}
    </li>
  );
}
