"use client";

import { useTranslations } from "next-intl";
import { createParser, useQueryStates } from "nuqs";
import { useState } from "react";
import { jobPathOfKey } from "@/components/jobs/detail/job-path.ts";
import { Button } from "@/components/ui/button.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import type { Job } from "@/lib/fleet/schema.ts";
import type { LogSource } from "@/lib/logs/schema.ts";
import type { LogNote } from "./log-lines.tsx";
import { LogView } from "./log-view.tsx";

/** What of a job may be read here. */
export interface LogAccess {
  gitlab: "on" | "off" | "not-connected";
  pods: boolean;
}

const SOURCE = /^(gitlab|pod:[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)$/;

/** Which log and which line: in the address, so that a link leads to exactly that line. */
const PARSERS = {
  log: createParser<LogSource>({ parse: (text) => (SOURCE.test(text) ? (text as LogSource) : null), serialize: (value) => value }),
  line: createParser<number>({ parse: (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : null), serialize: String }),
};

interface LogCardProps {
  job: Job;
  access: LogAccess;
  notes: readonly LogNote[];
}

/** The job's logs, as far as whoever runs Runnerscope allows them. The trace opens by itself; what GitLab has not masked only when asked for. */
export function LogCard({ job, access, notes }: LogCardProps) {
  const t = useTranslations("joblog");
  const [{ log, line }, setPlace] = useQueryStates(PARSERS, { history: "replace", shallow: true, scroll: false });
  const [agreed, setAgreed] = useState(false);
  const choices = choicesOf(job, access);
  const source = log ?? (access.gitlab === "on" ? "gitlab" : null);
  const choice = choices.find((one) => one.source === source) ?? null;
  const path = jobPathOfKey(job.key);
  const hrefOf = (number: number) => `${path}?log=${encodeURIComponent(source ?? "")}&line=${number}#log`;
  const unmasked = source !== null && source !== "gitlab";
  return (
    <section className="card log-card" id="log" aria-labelledby="h-log">
      <div className="card-head wraps-s">
        <h2 id="h-log">{t("title")}</h2>
        <fieldset className="seg">
          <legend className="sr-only">{t("choose")}</legend>
          {choices.map((one) => (
            <button
              key={one.source}
              type="button"
              aria-pressed={one.source === source}
              disabled={one.why !== null}
              title={one.why === null ? undefined : t(`why.${one.why}`)}
              onClick={() => void setPlace({ log: one.source, line: null })}
            >
              {one.why === null ? null : <Shape name="stopped" />}
              {one.source === "gitlab" ? t("trace") : one.source.slice("pod:".length)}
            </button>
          ))}
        </fieldset>
      </div>
      <Explanation access={access} job={job} source={source} />
      {choice === null || choice.why !== null ? (
        choice === null || source === null ? null : (
          <p className="card-body sm muted">{t(`why.${choice.why ?? "off"}`)}</p>
        )
      ) : unmasked && !agreed ? (
        <div className="card-body stack">
          <p className="sm">{t("unmasked")}</p>
          <div>
            <Button onClick={() => setAgreed(true)}>{t("showUnmasked", { container: choice.source.slice("pod:".length) })}</Button>
          </div>
        </div>
      ) : (
        <LogView
          key={choice.source}
          jobPath={path}
          source={choice.source}
          line={line}
          notes={notes}
          hrefOf={hrefOf}
          onPick={(number) => void setPlace({ log: choice.source, line: number })}
        />
      )}
    </section>
  );
}

/** Where the text comes from, and what it costs to look. */
function Explanation({ access, job, source }: { access: LogAccess; job: Job; source: LogSource | null }) {
  const t = useTranslations("joblog");
  const off = access.gitlab !== "on" && !access.pods;
  const words = off
    ? t(access.gitlab === "not-connected" ? "notConnected" : "off")
    : source === "gitlab"
      ? t("fromGitlab")
      : source === null
        ? t("chooseOne")
        : t("fromPod");
  return (
    <p className="log-source xs muted">
      {words} {!off && access.pods && job.deletedAt !== null ? t("podsGone") : null}
    </p>
  );
}

type Why = "off" | "not-connected" | "pod-gone" | "not-started";

function choicesOf(job: Job, access: LogAccess): { source: LogSource; why: Why | null }[] {
  const trace: Why | null = access.gitlab === "on" ? null : access.gitlab;
  const containers = job.containers.map(({ name, state }): { source: LogSource; why: Why | null } => {
    const started = state.state === "known" && state.value.kind !== "waiting";
    return { source: `pod:${name}`, why: !access.pods ? "off" : job.deletedAt !== null ? "pod-gone" : started ? null : "not-started" };
  });
  return [{ source: "gitlab", why: trace }, ...containers];
}
