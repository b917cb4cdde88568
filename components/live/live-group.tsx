"use client";

import { useTranslations } from "next-intl";
import { Icon } from "@/components/ui/icon.tsx";
import { Kbd } from "@/components/ui/kbd.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { formatDurationMs } from "@/lib/base/units.ts";
import { useConnection, useLiveActions, useNow } from "@/lib/stream/client/use-live.tsx";

const SHAPES = {
  live: { name: "live", tone: "ok" },
  connecting: { name: "stale", tone: "unknown" },
  disconnected: { name: "failed", tone: "danger" },
  paused: { name: "stale", tone: "waiting" },
} as const;

/** Whether this page is live, how old the last word of the server is, and the switch that holds the picture still. */
export function LiveGroup() {
  const t = useTranslations("layout.live");
  const { state, lastFrameAt, polled } = useConnection();
  const { pause, resume } = useLiveActions();
  const ageMs = Math.max(0, Math.floor((useNow() - lastFrameAt) / 1_000)) * 1_000;
  const paused = state === "paused";
  return (
    <fieldset className="live" aria-label={t("label")}>
      <span>
        <Shape {...SHAPES[state]} />
        {t(state)} <span className="faint">{formatDurationMs(ageMs)}</span>
        {polled ? (
          <span className="faint" title={t("polledWhy")}>
            {" "}
            · {t("polled")}
          </span>
        ) : null}
      </span>
      <button type="button" className="t" onClick={paused ? resume : pause} disabled={state === "disconnected" || state === "connecting"}>
        <Icon name={paused ? "play" : "pause"} />
        {t(paused ? "resume" : "pause")} <Kbd>p</Kbd>
      </button>
    </fieldset>
  );
}
