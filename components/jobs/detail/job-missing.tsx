"use client";

import { useTranslations } from "next-intl";
import { CodeBlock } from "@/components/ui/code-block.tsx";
import { ButtonLink } from "@/components/ui/button.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { formatDurationMs } from "@/lib/base/units.ts";
import { useCollection, useEntity } from "@/lib/stream/client/use-live.tsx";
import { quoteForShell } from "./prepare-commands.ts";

/** A job that is not (or no longer) known: why that can be, and where to look next. */
export function JobMissing({ cluster, uid, forgotten = false }: { cluster: string; uid: string; forgotten?: boolean }) {
  const t = useTranslations("job");
  const kept = useEntity("overview", "overview")?.kept;
  const clusters = [...useCollection("clusters").values()];
  const watched = clusters.some((one) => one.key === cluster || one.name === cluster);
  const selector = quoteForShell(
    `{range .items[?(@.metadata.uid=="${uid.replaceAll(/[^A-Za-z0-9-]/g, "")}")]}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}`,
  );
  return (
    <section className="card" aria-labelledby="h-missing">
      <div className="empty wide">
        <Shape name="unknown" tone="unknown" />
        <h1 id="h-missing">{t("missing.title")}</h1>
        <p>{forgotten ? t("missing.forgotten") : t("missing.unknownText", { uid, cluster })}</p>
        <ul className="checklist plain">
          {watched || clusters.length === 0 ? null : (
            <li className="wait">{t("missing.cluster", { cluster, clusters: clusters.map((one) => one.name).join(", ") })}</li>
          )}
          {kept === undefined ? null : <li>{t("missing.keep", { keep: formatDurationMs(kept.maxAgeMs), max: kept.maxJobs })}</li>}
          <li>{t("missing.watching")}</li>
          <li>{t("missing.gitlab")}</li>
        </ul>
        <div className="left">
          <p className="xs muted">{t("missing.kubectl")}</p>
          <CodeBlock text={`kubectl get pods -A -o jsonpath=${selector}`} copyLabel={t("commands.copy", { what: "kubectl" })} />
        </div>
        <p className="row wrap center">
          <ButtonLink href="/jobs">{t("missing.back")}</ButtonLink>
          <ButtonLink href="/jobs?v=ended">{t("missing.search")}</ButtonLink>
        </p>
      </div>
    </section>
  );
}
