"use client";

import { useTranslations } from "next-intl";
import { Icon } from "@/components/ui/icon.tsx";
import { Clock } from "@/components/ui/time.tsx";
import { formatBytes, formatDurationMs } from "@/lib/base/units.ts";
import type { HistoryGap, HistoryKept, HistoryWriting } from "@/lib/history/schema.ts";

/** How much is kept, since when, and when it goes. */
export function HistoryKeptLine({ kept, writing }: { kept: HistoryKept | null; writing: HistoryWriting | null }) {
  const t = useTranslations("history");
  if (kept === null) return <p>{t("sub")}</p>;
  const { jobs, oldestAt, bytes, maxAgeMs, maxBytes } = kept;
  return (
    <p>
      {oldestAt === null ? t("keptNone") : t.rich("kept", { count: jobs, at: () => <Clock at={oldestAt} /> })}{" "}
      {t("keptFor", { span: formatDurationMs(maxAgeMs), max: formatBytes(maxBytes) })}{" "}
      {bytes === null ? null : t("keptBytes", { size: formatBytes(bytes) })} <Writer writing={writing} />
    </p>
  );
}

/** Of several dashboards on one database, which one writes; nothing where there is only this one. */
function Writer({ writing }: { writing: HistoryWriting | null }) {
  const t = useTranslations("history.writer");
  if (writing === null) return null;
  const { here, name } = writing.writer;
  if (name !== null) return t.rich(here ? "here" : "other", { name: () => <code className="foreign">{name}</code> });
  return here || writing.error !== null ? null : t("none");
}

/** Times in which nobody watched: what ended then is not in the list, which is no proof that nothing did. */
export function HistoryGaps({ gaps }: { gaps: readonly HistoryGap[] }) {
  const t = useTranslations("history");
  if (gaps.length === 0) return null;
  return (
    <details className="recorded history-gaps">
      <summary>
        <Icon name="history" /> {t("gaps", { count: gaps.length })}
      </summary>
      <ul>
        {gaps.map((gap) => (
          <li key={`${gap.cluster} ${gap.from}`}>
            <GapWords gap={gap} />
          </li>
        ))}
      </ul>
    </details>
  );
}

export function GapWords({ gap }: { gap: HistoryGap }) {
  const t = useTranslations("history");
  return t.rich("gap", {
    cluster: gap.cluster,
    from: () => <Clock at={gap.from} />,
    to: () => <Clock at={gap.to} />,
    span: formatDurationMs(Math.max(0, Date.parse(gap.to) - Date.parse(gap.from))),
  });
}
