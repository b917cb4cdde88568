"use client";

import { useTranslations } from "next-intl";
import { Shape } from "@/components/ui/shape.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { useSources } from "@/lib/stream/client/use-live.tsx";

/** Why GitLab's figures do not move, and since when they stand still. Nothing while it answers. `readAt`: of the figures; null: there are none. */
export function GitlabTrouble({ readAt }: { readAt: string | null }) {
  const t = useTranslations("now.waiting");
  const s = useTranslations("sources");
  const state = useSources().find(({ source, part }) => source === "gitlab" && part === null)?.state;
  if (state?.state !== "stale" && state?.state !== "failed") return null;
  const { code } = state.state === "stale" ? state.lastError : state.error;
  return (
    <div className="card-body stack sm">
      <p className="row">
        <Shape name={state.state === "stale" ? "stale" : "failed"} tone={state.state === "stale" ? "waiting" : "danger"} />
        <span>
          {s(`error.${code}`, { who: s("who.gitlab") })} {readAt === null ? null : t.rich("asOf", { at: () => <Clock at={readAt} /> })}
        </span>
      </p>
      <p className="fix">{s(`remedy.gitlab.${code}`)}</p>
    </div>
  );
}
