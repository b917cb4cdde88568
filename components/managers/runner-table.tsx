"use client";

import { useTranslations } from "next-intl";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import { KnownText, NoData } from "@/components/jobs/known.tsx";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { GroupFresh } from "@/components/sources/group-fresh.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { Manager, Overview } from "@/lib/fleet/schema.ts";
import { shortPodName } from "./prepare-slots.ts";
import { prepareRunners, type RunnerLine } from "./prepare-waiting.ts";

const COLUMNS = ["runner", "token", "tags", "managers", "limit", "used", "waiting", "oldest", "heldBy"] as const;
const NUMBERS: ReadonlySet<string> = new Set(["limit", "used", "waiting", "oldest"]);

/** Per runner token: what it may take, what it holds, who waits for it and what keeps them waiting. */
export function RunnerTable({ managers, overview }: { managers: readonly Manager[]; overview: Overview }) {
  const t = useTranslations("managers");
  const runners = prepareRunners(managers, overview.waitingTags);
  if (runners.length === 0) return null;
  return (
    <section className="card" aria-labelledby="h-runners">
      <div className="card-head">
        <h2 id="h-runners">
          {t("runners.title")} <span className="count">{runners.length}</span>
        </h2>
        <span className="end">
          <GroupFresh name="gitlab" />
        </span>
      </div>
      <ScrollBox label={t("runners.title")}>
        <table className="runner-table">
          <caption className="sr-only">{t("runners.title")}</caption>
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th key={name} scope="col" className={NUMBERS.has(name) ? "num" : undefined}>
                  {t(`runners.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {runners.map((runner) => (
              <RunnerRow key={runner.token} runner={runner} />
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function RunnerRow({ runner }: { runner: RunnerLine }) {
  const t = useTranslations("managers");
  return (
    <tr>
      <th scope="row" className="rowhead">
        <span className="m">{runner.name ?? runner.token}</span>
        {runner.paused ? <span className="l2 wait">{t("runners.paused")}</span> : null}
      </th>
      <td className="mono xs muted">{runner.token}</td>
      <td>
        <Tags runner={runner} />
      </td>
      <td className="muted xs" title={runner.managers.map(({ pod }) => pod).join("\n")}>
        {runner.managers.length > 3
          ? t("runners.managerCount", { count: runner.managers.length })
          : runner.managers.map(({ pod }) => shortPodName(pod)).join(", ")}
      </td>
      <td className="num muted">{runner.limits.map((limit) => limit ?? t("limits.none")).join(", ")}</td>
      <td className="num">
        <KnownText fact={runner.used}>{(used) => used}</KnownText>
      </td>
      <WaitingCells runner={runner} />
    </tr>
  );
}

function Tags({ runner }: { runner: RunnerLine }) {
  const t = useTranslations("managers");
  return (
    <KnownText fact={runner.tags}>
      {(tags) => (
        <span className="tags">
          {tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
          {runner.runUntagged ? <span className="xs faint">{t("runners.untagged")}</span> : null}
          {tags.length === 0 && !runner.runUntagged ? <span className="xs faint">{t("runners.noTags")}</span> : null}
        </span>
      )}
    </KnownText>
  );
}

function WaitingCells({ runner: { waiting } }: { runner: RunnerLine }) {
  const t = useTranslations("managers");
  const sentence = useSentence();
  if (waiting.state === "unknown") {
    return (
      <>
        <td className="num">
          <NoData reason={waiting.reason} />
        </td>
        <td className="num">–</td>
        <td className="xs faint">{t("runners.notTold")}</td>
      </>
    );
  }
  const { count, oldestAt, groups } = waiting.value;
  const held = [...new Set(groups.map((group) => sentence(group.heldBy)))];
  return (
    <>
      <td className="num b">{count}</td>
      <td className="num nowrap">{oldestAt === null ? "–" : <Age since={oldestAt} />}</td>
      <td className="sm">{count === 0 ? <span className="faint">{t("runners.nobody")}</span> : held.join(" ")}</td>
    </>
  );
}
