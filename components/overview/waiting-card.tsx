"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { useSentence } from "@/components/jobs/use-sentence.ts";
import { Sight } from "./waiting-sight.tsx";
import { GitlabTrouble } from "./gitlab-trouble.tsx";
import { GroupFresh } from "@/components/sources/group-fresh.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { UnknownReason } from "@/lib/base/known.ts";
import type { Overview, WaitingTags } from "@/lib/fleet/schema.ts";
import { LONG_WAIT_MS, orderWaiting } from "./prepare-waiting-tags.ts";
import { useNowMs } from "@/components/ui/time-context.tsx";

/** So many lines fit beside the problems; the rest is one line. */
const MOST = 4;

/** Who waits in GitLab: by tags, for how long, and what holds them. */
export function WaitingCard({ overview: { waitingTags, waitingSight } }: { overview: Overview }) {
  const t = useTranslations("now.waiting");
  return (
    <section className="card" aria-labelledby="h-waiting">
      <div className="card-head">
        <h2 id="h-waiting">{t("title")}</h2>
        <span className="end">
          <GroupFresh name="gitlab" />
        </span>
      </div>
      {waitingTags.state === "unknown" ? (
        <NotTold reason={waitingTags.reason} />
      ) : waitingTags.value.length === 0 ? (
        <p className="card-body sm muted">{t("none")}</p>
      ) : (
        <Groups groups={orderWaiting(waitingTags.value)} />
      )}
      <GitlabTrouble readAt={waitingTags.state === "known" ? waitingTags.at : null} />
      {waitingSight === null ? null : <Sight sight={waitingSight} />}
    </section>
  );
}

/** Why nobody can say who waits, and what would help. It is never written as a zero. */
function NotTold({ reason }: { reason: UnknownReason }) {
  const t = useTranslations("now.waiting");
  const j = useTranslations("jobs");
  const help = reason === "not-connected" ? "connect" : reason === "forbidden" ? "forbidden" : null;
  return (
    <div className="card-body stack sm">
      <p>
        <span className="nodata-t">{j("noData")}</span> <span className="muted">{j(`unknown.${reason}`)}</span>
      </p>
      {help === null ? null : <p className="fix">{t.rich(help, { code: (words) => <code>{words}</code> })}</p>}
      <p>
        <Link className="link" href="/sources">
          {t("sources")}
        </Link>
      </p>
    </div>
  );
}

function Groups({ groups }: { groups: readonly WaitingTags[] }) {
  const t = useTranslations("now.waiting");
  const shown = groups.length > MOST ? groups.slice(0, MOST - 1) : groups;
  const rest = groups.slice(shown.length);
  return (
    <>
      <WaitingTable groups={shown} />
      {rest.length === 0 ? null : (
        <details className="fold">
          <summary>{t("more", { tags: rest.length, jobs: rest.reduce((sum, { count }) => sum + count, 0) })}</summary>
          <WaitingTable groups={rest} />
        </details>
      )}
    </>
  );
}

function WaitingTable({ groups }: { groups: readonly WaitingTags[] }) {
  const t = useTranslations("now.waiting");
  return (
    <table className="waiting-table">
      <caption className="sr-only">{t("title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("tag")}</th>
          <th scope="col" className="num">
            {t("count")}
          </th>
          <th scope="col" className="num">
            {t("oldest")}
          </th>
          <th scope="col">{t("heldBy")}</th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <WaitingLine key={group.tags.join(",")} group={group} />
        ))}
      </tbody>
    </table>
  );
}

function WaitingLine({ group }: { group: WaitingTags }) {
  const t = useTranslations("now.waiting");
  const sentence = useSentence();
  const now = useNowMs();
  const { tags, count, oldestAt } = group;
  const held = sentence(group.heldBy);
  const long = oldestAt !== null && now !== null && now - Date.parse(oldestAt) > LONG_WAIT_MS;
  return (
    <tr>
      <td>
        <span className="tags">
          {tags.length === 0 ? <span className="faint">{t("untagged")}</span> : null}
          {tags.map((tag) => (
            <span key={tag} className="tag trunc" title={tag}>
              {tag}
            </span>
          ))}
        </span>
      </td>
      <td className="num b">{count}</td>
      <td className={long ? "num nowrap wait m" : "num nowrap"}>
        {oldestAt === null ? (
          <span className="nodata-t" title={t("oldestUnknown")}>
            –<span className="sr-only">{t("oldestUnknown")}</span>
          </span>
        ) : (
          <Age since={oldestAt} />
        )}
      </td>
      <td className="held" title={held}>
        <span className="two-lines">{held}</span>
      </td>
    </tr>
  );
}
