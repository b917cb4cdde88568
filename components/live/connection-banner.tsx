"use client";

import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { Kbd } from "@/components/ui/kbd.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatDurationMs } from "@/lib/base/units.ts";
import { useConnection, useLiveActions, useNow, type ConnectionView } from "@/lib/stream/client/use-live.tsx";

const bold = { b: (words: React.ReactNode) => <b>{words}</b> };

/** Says that the picture stands still: the stream is cut, or somebody paused it. */
export function ConnectionBanner() {
  const connection = useConnection();
  if (connection.state === "disconnected") return <Disconnected connection={connection} />;
  if (connection.state === "paused") return <Paused connection={connection} />;
  return null;
}

/** A span in whole seconds: what counts up or down every second has no tenths. */
function wholeSeconds(ms: number): string {
  return formatDurationMs(Math.max(0, Math.floor(ms / 1_000)) * 1_000);
}

function Disconnected({ connection: { since, lastFrameAt, retryAt } }: { connection: ConnectionView }) {
  const t = useTranslations("layout.banner");
  const { retryNow } = useLiveActions();
  const now = useNow();
  const at = () => <Clock at={new Date(lastFrameAt).toISOString()} />;
  return (
    <div className="banner" data-v="fail">
      <Shape name="failed" tone="danger" />
      <span className="grow">{t.rich("disconnected", { ...bold, at, span: wholeSeconds(now - since) })}</span>
      {retryAt !== null && retryAt > now ? (
        <span className="xs muted">{t("retryIn", { span: wholeSeconds(retryAt - now + 999) })}</span>
      ) : null}
      <Button small onClick={retryNow}>
        <Icon name="retry" />
        {t("retry")}
      </Button>
    </div>
  );
}

function Paused({ connection: { since, pausedChanges } }: { connection: ConnectionView }) {
  const t = useTranslations("layout");
  const { resume } = useLiveActions();
  const at = () => <Clock at={new Date(since).toISOString()} />;
  return (
    <div className="banner" data-v="waiting">
      <Shape name="stale" tone="waiting" />
      <span className="grow">{t.rich("banner.paused", { ...bold, at, count: pausedChanges })}</span>
      <Button small variant="primary" onClick={resume}>
        {t("live.resume")} <Kbd>p</Kbd>
      </Button>
    </div>
  );
}
