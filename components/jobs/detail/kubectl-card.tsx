"use client";

import { useTranslations } from "next-intl";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import { Clock } from "@/components/ui/time.tsx";
import type { Job } from "@/lib/fleet/schema.ts";
import { eventsUntilMs, prepareCommands } from "./prepare-commands.ts";
import type { KubectlCommand } from "./prepare-commands.ts";

/** Commands that only read, to run by hand; those that cannot work any more are struck through, with why. */
export function KubectlCard({ job, context, now }: { job: Job; context: string | null; now: number }) {
  const t = useTranslations("job");
  const commands = prepareCommands(job, context, now);
  const gone = commands.filter(({ useless }) => useless === "pod-gone");
  const reasons = new Set(commands.map((command) => command.useless));
  return (
    <section className="card" aria-labelledby="h-kubectl">
      <div className="card-head">
        <h2 id="h-kubectl">{t("commands.title")}</h2>
        <span className="end">{t("commands.meta")}</span>
      </div>
      <ul className="commands">
        {commands
          .filter(({ useless }) => useless !== "pod-gone")
          .map((command) => (
            <CommandLine key={command.text} command={command} />
          ))}
      </ul>
      {gone.length === 0 ? null : (
        <details className="fold">
          <summary>{t("commands.needPod", { count: gone.length })}</summary>
          <ul className="commands">
            {gone.map((command) => (
              <CommandLine key={command.text} command={command} />
            ))}
          </ul>
        </details>
      )}
      {job.deletedAt === null ? null : (
        <p className="card-foot xs">
          {reasons.has("pod-gone") ? t("commands.pod-gone") : null}{" "}
          {reasons.has("events-expired")
            ? t("commands.events-expired")
            : t.rich("commands.until", { at: () => <Clock at={new Date(eventsUntilMs(job.deletedAt ?? "")).toISOString()} /> })}
        </p>
      )}
    </section>
  );
}

function CommandLine({ command }: { command: KubectlCommand }) {
  const t = useTranslations("job");
  const what = t(`commands.${command.kind}`, { container: command.container ?? "" });
  return (
    <li>
      <div className="copyline">
        <span className="lab">{what}</span>
        {command.useless === "not-started" ? <span className="xs faint">{t("commands.not-started")}</span> : null}
        {command.useless === null ? <CopyButton text={command.text} label={t("commands.copy", { what })} iconOnly /> : null}
      </div>
      {command.useless === null ? <code className="command">{command.text}</code> : <s className="command faint mono">{command.text}</s>}
    </li>
  );
}
