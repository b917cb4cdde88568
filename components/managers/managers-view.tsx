"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { managerAnchor } from "@/lib/base/manager-path.ts";
import type { Manager, Overview } from "@/lib/fleet/schema.ts";
import { useCollection, useEntity } from "@/lib/stream/client/use-live.tsx";
import { ManagerCard } from "./manager-card.tsx";
import { ManagerFigures } from "./manager-figures.tsx";
import { OrphanCard } from "./orphan-card.tsx";
import { orderManagers } from "./prepare-slots.ts";
import { RunnerTable } from "./runner-table.tsx";
import { useFragment } from "./use-fragment.ts";
import { NoManagers } from "./slots-card.tsx";

/** Who takes jobs? Every manager with its slots, its polls and its limits; every runner with its tags; what nobody holds. */
export function ManagersView() {
  const t = useTranslations("managers");
  const overview = useEntity("overview", "overview");
  const found = useCollection("managers");
  const managers = useMemo(() => orderManagers(found.values()), [found]);
  const fragment = useFragment();
  if (overview === undefined) {
    return (
      <section className="card" aria-busy="true">
        <p className="card-body muted">{t("unknown")}</p>
      </section>
    );
  }
  return (
    <>
      <Hero overview={overview} managers={managers} />
      {managers.length === 0 ? (
        <section className="card">
          <NoManagers overview={overview} />
        </section>
      ) : (
        <>
          <div className="mgrid">
            {managers.map((manager, index) => (
              <ManagerCard
                key={manager.key}
                manager={manager}
                overview={overview}
                anchor={isFirst(managers, index) ? managerAnchor(manager) : null}
                meant={isFirst(managers, index) && managerAnchor(manager) === fragment}
              />
            ))}
          </div>
          <p className="xs faint">{t("note")}</p>
        </>
      )}
      <RunnerTable managers={managers} overview={overview} />
      <OrphanCard />
    </>
  );
}

/** Two namespaces may hold pods of one name: an address leads to the first. */
function isFirst(managers: readonly Manager[], index: number): boolean {
  const anchor = (manager: Manager | undefined) => (manager === undefined ? null : managerAnchor(manager));
  return managers.findIndex((manager) => anchor(manager) === anchor(managers[index])) === index;
}

function Hero({ overview, managers }: { overview: Overview; managers: readonly Manager[] }) {
  const t = useTranslations("managers");
  const sentence = useSentence();
  const { slots } = overview;
  const headline =
    overview.managers.found.state === "unknown"
      ? t("unknown")
      : managers.length === 0
        ? t("none")
        : slots.state === "known"
          ? t("headline", { count: managers.length, used: slots.value.used, total: slots.value.total })
          : t("headlineUnknown", { count: managers.length });
  return (
    <section className="hero">
      <div>
        <h1>{headline}</h1>
        <p>{sentence(overview.capacity.sentence)}</p>
      </div>
      <ManagerFigures managers={managers} />
    </section>
  );
}
