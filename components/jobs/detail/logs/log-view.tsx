"use client";

import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { formatBytes, formatCount } from "@/lib/base/units.ts";
import type { LogSource, LogState } from "@/lib/logs/schema.ts";
import { foldedSections, revealLine } from "./fold-sections.ts";
import { LogLines, type LogNote } from "./log-lines.tsx";
import { prepareRows } from "./prepare-rows.ts";
import { useLog, type OpenLog } from "./use-log.ts";
import { useSearch, type LogSearch } from "./use-search.ts";

interface LogViewProps {
  jobPath: string;
  source: LogSource;
  line: number | null;
  notes: readonly LogNote[];
  hrefOf: (line: number) => string;
  onPick: (line: number) => void;
}

/** One log: its state, search and lines. Its parent gives it another `key` for another source. */
export function LogView({ jobPath, source, line, notes, hrefOf, onPick }: LogViewProps) {
  const log = useLog(jobPath, source);
  const { state } = log;
  return state === null || state.lines === 0 ? <NoLines state={state} /> : <OpenedLog {...{ log, state, line, notes, hrefOf, onPick }} />;
}

/** Why there is nothing to read yet, or at all. */
function NoLines({ state }: { state: LogState | null }) {
  const t = useTranslations("joblog");
  const error = state?.error ?? "–";
  const refused = error.startsWith("HTTP 403");
  const words =
    state === null || state.state === "connecting"
      ? t("opening")
      : state.state === "failed"
        ? t(refused ? "forbidden" : "failed", { error })
        : t(state.state === "live" ? "nothingYet" : "empty");
  return <output className="card-body sm muted">{words}</output>;
}

type OpenedProps = Omit<LogViewProps, "jobPath" | "source"> & { log: OpenLog; state: LogState };

function OpenedLog({ log, state, line, notes, hrefOf, onPick }: OpenedProps) {
  const t = useTranslations("joblog");
  const search = useSearch(log);
  const [chosen, setChosen] = useState<ReadonlyMap<number, boolean>>(() =>
    line === null ? new Map() : revealLine(state.sections, new Map(), line),
  );
  const [follow, setFollow] = useState(line === null);
  const [goal, setGoal] = useState<{ line: number } | null>(line === null ? null : { line });
  const folded = useMemo(() => foldedSections(state.sections, chosen), [state.sections, chosen]);
  const rows = useMemo(() => prepareRows(state.first, state.lines, state.sections, folded), [state, folded]);
  const hits = useMemo(() => new Set(search.matches?.lines), [search.matches]);
  const goTo = (to: number) => {
    setFollow(false);
    setChosen((before) => revealLine(state.sections, before, to));
    setGoal({ line: to });
  };
  return (
    <>
      <div className="log-bar">
        <SearchBox search={search} goTo={goTo} />
        <span className="end row">
          {state.state === "live" ? (
            <Button small variant={follow ? "primary" : "plain"} aria-pressed={follow} onClick={() => setFollow(!follow)}>
              {t("follow")}
            </Button>
          ) : (
            <Button small variant="plain" onClick={() => goTo(state.lines)}>
              {t("toEnd")}
            </Button>
          )}
          <a className="btn small" href={log.address("/raw")} download>
            <Icon name="download" />
            {t("raw")}
          </a>
        </span>
      </div>
      <StateLine state={state} broken={log.broken} />
      <LogLines
        {...{ state, rows, folded, goal, hits, notes, follow, hrefOf }}
        lines={log.lines}
        target={line}
        query={search.matches === null ? "" : search.matches.query}
        onFollow={setFollow}
        onFold={(from) => setChosen((before) => new Map(before).set(from, !folded.has(from)))}
        onPick={onPick}
      />
    </>
  );
}

/** How far it is, and what is wrong with it. */
function StateLine({ state, broken }: { state: LogState; broken: boolean }) {
  const t = useTranslations("joblog");
  const size = { lines: formatCount(state.lines), size: formatBytes(state.bytes) };
  return (
    <p className="log-state xs muted">
      {t(`state.${state.state}`, size)}
      {state.error === null ? null : ` ${t("error", { error: state.error })}`}
      {broken && state.state === "live" ? ` ${t("broken")}` : null}
      {state.first > 1 ? ` ${t("lostHead", { first: formatCount(state.first) })}` : null}
    </p>
  );
}

function SearchBox({ search, goTo }: { search: LogSearch; goTo: (line: number) => void }) {
  const t = useTranslations("joblog");
  const [at, setAt] = useState(-1);
  const { matches } = search;
  const step = (by: number) => {
    if (matches === null || matches.lines.length === 0) return;
    const next = (at + by + matches.lines.length) % matches.lines.length;
    setAt(next);
    goTo(matches.lines[next] ?? 1);
  };
  return (
    <search>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          step(1);
        }}
      >
        <label className="input log-find">
          <Icon name="search" />
          <span className="sr-only">{t("find")}</span>
          <input
            type="search"
            value={search.text}
            maxLength={200}
            placeholder={t("find")}
            onChange={(event) => {
              setAt(-1);
              search.setText(event.currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && event.shiftKey) {
                event.preventDefault();
                step(-1);
              }
            }}
          />
        </label>
        <Button small variant="ghost" iconOnly aria-label={t("before")} onClick={() => step(-1)} disabled={matches === null}>
          <Icon name="sort" />
        </Button>
        <Button small variant="ghost" iconOnly aria-label={t("next")} onClick={() => step(1)} disabled={matches === null}>
          <Icon name="down" />
        </Button>
        <output className="xs muted">
          {search.searching
            ? t("searching")
            : matches === null
              ? ""
              : at < 0
                ? t("found", { count: matches.total })
                : t("foundAt", { at: at + 1, count: matches.total })}
        </output>
      </form>
    </search>
  );
}
