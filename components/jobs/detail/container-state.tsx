"use client";

import { useTranslations } from "next-intl";
import { Clock } from "@/components/ui/time.tsx";
import { formatDurationMs, formatTPlus } from "@/lib/base/units.ts";
import type { ContainerView } from "@/lib/fleet/schema.ts";
import { explainExit } from "./prepare-exit.ts";
import type { ContainerCardView } from "./prepare-container.ts";

interface StateProps {
  container: ContainerView;
  view: ContainerCardView;
  zeroMs: number;
  now: number;
}

/** One plain sentence of how a container is; the cluster's own message below it, as it came. */
export function ContainerState({ container, view, zeroMs, now }: StateProps) {
  return (
    <>
      <p className={view.say === "oom-killed" || view.say === "failed" ? "bad m" : undefined}>
        <Sentence container={container} view={view} zeroMs={zeroMs} now={now} />
      </p>
      <Meaning container={container} view={view} />
      {view.message === null || view.message === "" ? null : <p className="xs foreign">{view.message}</p>}
    </>
  );
}

/** What the exit code means, and what it does not prove. */
function Meaning({ container, view }: Pick<StateProps, "container" | "view">) {
  const t = useTranslations("job");
  // The sentence above says it already.
  if (view.say === "ended-after-deletion" || view.say === "oom-killed") return null;
  const meaning = explainExit(view.exitCode, { reason: view.reason, afterDeletion: container.afterDeletion });
  return meaning === null ? null : <p className="xs muted">{t(`exit.${meaning.say}`, { signal: meaning.signal ?? 0 })}</p>;
}

function Sentence({ container, view, zeroMs, now }: StateProps) {
  const t = useTranslations("job");
  const u = useTranslations("jobs");
  const code = view.exitCode ?? 0;
  const at = () => (view.at === null ? t("state.noTime") : <When at={view.at} zeroMs={zeroMs} />);
  switch (view.say) {
    case "unknown":
      return t("state.unknown", { why: container.state.state === "unknown" ? u(`unknown.${container.state.reason}`) : "" });
    case "waiting":
      return view.reason === null ? t("state.waiting") : t("state.waitingReason", { reason: view.reason });
    case "running":
      return view.at === null
        ? t("state.runningNoTime")
        : t.rich("state.running", { at, took: formatDurationMs(Math.max(0, now - Date.parse(view.at))) });
    case "failed":
      return view.reason === null || view.reason === "Error"
        ? t.rich("state.failed", { at, code })
        : t.rich("state.failedReason", { at, code, reason: view.reason });
    case "not-reached":
      return t("state.not-reached");
    default:
      return t.rich(`state.${view.say}`, { at, code });
  }
}

function When({ at, zeroMs }: { at: string; zeroMs: number }) {
  const t = useTranslations("job");
  return t.rich("containers.since", { at: () => <Clock at={at} />, tplus: formatTPlus(Date.parse(at) - zeroMs) });
}
