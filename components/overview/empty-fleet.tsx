"use client";

import { useTranslations } from "next-intl";
import Link from "next/link";
import { Shape } from "@/components/ui/shape.tsx";
import { valueOf } from "@/lib/base/known.ts";
import type { Overview } from "@/lib/fleet/schema.ts";
import { useCollection, useSources } from "@/lib/stream/client/use-live.tsx";

/** No job pod was ever seen: what was looked at, so that "empty" can be believed or doubted. */
export function EmptyFleet({ overview }: { overview: Overview }) {
  const t = useTranslations("now");
  const s = useTranslations("sources");
  const clusters = [...useCollection("clusters").values()];
  const pods = useSources().filter((report) => report.source === "kubernetes-pods");
  const managers = valueOf(overview.managers.found);
  return (
    <section className="card" aria-labelledby="h-empty">
      <div className="empty">
        <h2 id="h-empty">{t("empty.title")}</h2>
        <p>{t("empty.text")}</p>
        <ul className="checklist">
          {pods.map((report) => (
            <li key={report.key}>
              <Shape name={report.state.state === "live" ? "ok" : "unknown"} tone={report.state.state === "live" ? "ok" : "unknown"} />
              <span>{t("empty.watching", { source: s(`name.${report.source}`), state: s(`state.${report.state.state}`) })}</span>
            </li>
          ))}
          {clusters.map((cluster) => (
            <li key={cluster.key}>
              <Shape name="ok" tone="ok" />
              <span>
                {cluster.namespaces === null
                  ? t("empty.allNamespaces", { cluster: cluster.name })
                  : t("empty.namespaces", { names: cluster.namespaces.join(", ") })}
              </span>
            </li>
          ))}
          {managers === null ? null : (
            <li>
              <Shape name={managers > 0 ? "ok" : "system-failure"} tone={managers > 0 ? "ok" : "waiting"} />
              <span>{t("empty.managersFound", { count: managers })}</span>
            </li>
          )}
        </ul>
        <Link className="btn" href="/sources">
          {t("empty.open")}
        </Link>
      </div>
    </section>
  );
}
