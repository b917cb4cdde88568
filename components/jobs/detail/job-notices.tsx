"use client";

import { useTranslations } from "next-intl";
import { SourceBadge } from "@/components/sources/source-badge.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { Job } from "@/lib/fleet/schema.ts";
import { useEntity, useSources } from "@/lib/stream/client/use-live.tsx";

/** From this delay on, the beginning was not watched. Kubernetes' own times have whole seconds, so less says nothing. */
const LATE_MS = 5_000;

/** What the reader must know before believing the page: gone, going, seen late, or no longer live. */
export function JobNotices({ job, now, events }: { job: Job; now: number; events: number }) {
  const t = useTranslations("job");
  const kept = useEntity("overview", "overview")?.kept;
  const keep = kept === undefined ? "–" : formatDurationMs(kept.maxAgeMs);
  const samples = Math.max(0, ...job.containers.map(({ usage }) => (usage.state === "known" ? usage.value.samples : 0)));
  const lateMs = Date.parse(job.firstSeen) - Date.parse(job.createdAt);
  const moment = (at: string) => ({ at: () => <Clock at={at} />, ago: formatDurationMs(Math.max(0, now - Date.parse(at))), keep });
  // What was written before bounds were kept has none: since its beginning, then.
  const bound = job.deletedAfter ?? (job.ending === "missed" ? job.createdAt : null);
  const from = bound === null ? {} : { from: () => <Clock at={bound} /> };
  const end = job.ending === "missed" ? "deletedMissed" : bound === null ? "deleted" : "deletedLate";
  return (
    <>
      <StaleNote cluster={job.cluster} namespace={job.namespace} gone={job.deletedAt !== null} />
      {job.deletedAt === null ? null : (
        <p className="recorded">
          <Icon name="history" />
          <span className="grow">{t.rich(end, { ...moment(job.deletedAt), ...from })}</span>
          <span className="faint nowrap">
            {t("samplesSeen", { count: samples })} · {t("watchEvents", { count: events })}
          </span>
        </p>
      )}
      {job.deletedAt === null && job.deletionRequestedAt !== null ? (
        <p className="recorded">
          <Icon name="history" />
          <span className="grow">{t.rich("deleting", moment(job.deletionRequestedAt))}</span>
        </p>
      ) : null}
      {lateMs > LATE_MS ? (
        <p className="recorded">
          <Icon name="history" />
          <span className="grow">{t("lateFirst", { late: formatDurationMs(lateMs) })}</span>
        </p>
      ) : null}
    </>
  );
}

/** The pod watch fell silent: a living job may have moved on since. */
function StaleNote({ cluster, namespace, gone }: { cluster: string; namespace: string; gone: boolean }) {
  const t = useTranslations("job");
  const s = useTranslations("sources");
  const report = useSources().find(
    ({ source, cluster: of, part, state }) =>
      source === "kubernetes-pods" &&
      of === cluster &&
      (part === null || part === namespace) &&
      state.state !== "live" &&
      state.state !== "connecting",
  );
  if (report === undefined || gone) return null;
  return (
    <p className="banner" data-v="waiting">
      <SourceBadge state={report.state.state} bare />
      <span className="grow">
        <b>{t("staleTitle")}</b> {t("staleText", { name: s(`name.${report.source}`) })}
      </span>
    </p>
  );
}
