"use client";

import { useTranslations } from "next-intl";
import type { WaitingSight } from "@/lib/fleet/schema.ts";

/** Whose waiting jobs are seen, and what the token does not show: without it a short list looks like a short queue. */
export function Sight({ sight: { scope, projects, blind } }: { sight: WaitingSight }) {
  const t = useTranslations("now.waiting");
  if (scope === "instance" && blind.length === 0) return null;
  return (
    <div className="card-foot xs stack">
      {scope === "projects" ? <p>{t("seenProjects", { count: projects })}</p> : null}
      {blind.length === 0 ? null : (
        <details className="sight">
          <summary>{t("blindTitle", { count: blind.length })}</summary>
          <ul className="whynot">
            {blind.map(({ subject, reason, projects: count }) => (
              <li key={`${subject} ${reason} ${count}`}>
                {t(`blind.${subject}`, { count })} {t(`blindWhy.${reason}`)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
