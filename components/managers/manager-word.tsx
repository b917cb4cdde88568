"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Shape, type ShapeName, type Tone } from "@/components/ui/shape.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { Manager } from "@/lib/fleet/schema.ts";
import type { ManagerState } from "./prepare-manager.ts";
import { WhyUnread } from "./why-unread.tsx";

const LOOKS: Readonly<Record<ManagerState["name"], readonly [shape: ShapeName, tone: Tone, v: string]>> = {
  terminating: ["waiting", "waiting", "waiting"],
  notReady: ["system-failure", "danger", "system"],
  notAsked: ["unknown", "unknown", "unknown"],
  starting: ["unknown", "unknown", "unknown"],
  notRead: ["unknown", "unknown", "unknown"],
  shutdown: ["waiting", "waiting", "waiting"],
  paused: ["off", "unknown", "unknown"],
  takes: ["ok", "ok", "ok"],
  throttled: ["system-failure", "waiting", "waiting"],
  refused: ["system-failure", "danger", "system"],
  silent: ["system-failure", "danger", "system"],
  full: ["waiting", "waiting", "waiting"],
};

/** Does it take jobs? One sentence. */
export function ManagerWord({ state, manager }: { state: ManagerState; manager: Manager }) {
  const t = useTranslations("managers");
  const quiet = state.name === "full" && state.waiting === 0;
  const [shape, tone, v] = quiet ? LOOKS.takes : LOOKS[state.name];
  const b = { b: (words: ReactNode) => <b>{words}</b> };
  return (
    <p className="mstate" data-v={v}>
      <Shape name={shape} tone={tone} />
      <span>
        {state.name === "notRead" ? (
          <>
            {t.rich("state.notRead", b)} <WhyUnread manager={manager} reason="not-seen" />
          </>
        ) : state.name === "full" ? (
          state.waiting === null ? (
            t.rich("state.fullUnknown", b)
          ) : (
            t.rich("state.full", { ...b, count: state.waiting })
          )
        ) : state.name === "throttled" || state.name === "refused" ? (
          t.rich(`state.${state.name}`, { ...b, count: state.count, total: state.total })
        ) : state.name === "silent" ? (
          state.since === null ? (
            t.rich("state.silentNever", b)
          ) : (
            t.rich("state.silent", { ...b, age: () => <Age since={state.since ?? ""} /> })
          )
        ) : (
          t.rich(`state.${state.name}`, b)
        )}
      </span>
    </p>
  );
}
