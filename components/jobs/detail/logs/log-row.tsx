"use client";

import { useTranslations } from "next-intl";
import { Icon } from "@/components/ui/icon.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { usePlace } from "@/components/ui/time-context.tsx";
import { fullMoment, localTime } from "@/lib/base/local-time.ts";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { LogLine, LogSection, LogSpan } from "@/lib/logs/schema.ts";

interface RowProps {
  number: number;
  /** null: it has not come yet. */
  line: LogLine | null;
  section: LogSection | null;
  folded: boolean;
  /** The line that the address names, one that holds the text that is looked for. */
  mark: "target" | "hit" | null;
  query: string;
  href: string;
  /** What happened just before this line, seen elsewhere. */
  note: string | null;
  onFold: (from: number) => void;
  onPick: (line: number) => void;
  style: React.CSSProperties;
}

/** One line of a log: its number as a link to itself, its time, its text. A section's header folds it. All of it is text, whatever the job printed. */
export function LogRow({ number, line, section, folded, mark, query, href, note, onFold, onPick, style }: RowProps) {
  const t = useTranslations("joblog");
  const kind = line?.error === true ? " err" : "";
  return (
    <li
      className={`log-row${section === null ? "" : " sec"}${mark === null ? "" : ` ${mark}`}${kind}${note === null ? "" : " noted"}`}
      style={style}
    >
      <a
        className="ln"
        href={href}
        aria-label={t("lineLink", { number })}
        aria-current={mark === "target" ? "true" : undefined}
        tabIndex={-1}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          onPick(number);
        }}
      >
        {number}
      </a>
      <Stamp at={line?.at ?? null} />
      {section === null ? (
        <span className="tx">
          <Text line={line} query={query} />
        </span>
      ) : (
        <Header section={section} folded={folded} line={line} query={query} onFold={onFold} />
      )}
      {note === null ? null : (
        <span className="log-note">
          <Shape name="oom-killed" tone="danger" />
          {note}
        </span>
      )}
    </li>
  );
}

function Stamp({ at }: { at: string | null }) {
  const { timeZone } = usePlace();
  if (at === null) return <span className="ts" />;
  const ms = Date.parse(at);
  return (
    <time className="ts" dateTime={at} title={fullMoment(ms, timeZone)}>
      {localTime(ms, timeZone)}
    </time>
  );
}

function Header({ section, folded, line, query, onFold }: Pick<RowProps, "section" | "folded" | "line" | "query" | "onFold">) {
  const t = useTranslations("joblog");
  if (section === null) return null;
  const { from, to, startMs, endMs } = section;
  return (
    <button type="button" className="tx" aria-expanded={!folded} style={{ paddingLeft: section.depth * 14 }} onClick={() => onFold(from)}>
      <Icon name={folded ? "chevron" : "down"} />
      <span className="trunc">{line === null ? section.header : <Text line={line} query={query} />}</span>
      <small>
        {to === null
          ? t("sectionOpen", { from })
          : endMs === null
            ? t("section", { from, to })
            : t("sectionTook", { from, to, took: formatDurationMs(Math.max(0, endMs - startMs)) })}
      </small>
    </button>
  );
}

function Text({ line, query }: { line: LogLine | null; query: string }) {
  const t = useTranslations("joblog");
  if (line === null) return <span className="faint">…</span>;
  return (
    <>
      {line.spans.map((span, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <Span key={index} span={span} query={query} />
      ))}
      {line.cut === 0 ? null : <i className="log-more">{t("cut", { count: line.cut })}</i>}
      {line.overwritten === 0 ? null : <i className="log-more">{t("overwritten", { count: line.overwritten })}</i>}
    </>
  );
}

/** Bold, dim, italic, underlined, on a coloured ground. */
const LOOKS = ["b", "d", "i", "u", "g"];

function Span({ span, query }: { span: LogSpan; query: string }) {
  const looks = [
    span.color === undefined ? "" : `a${span.color}`,
    ...LOOKS.filter((letter) => span.look?.includes(letter)).map((letter) => `l${letter}`),
  ];
  const name = looks.filter(Boolean).join(" ");
  const parts = splitByQuery(span.text, query);
  const text = parts.map((part, index) =>
    // oxlint-disable-next-line react/no-array-index-key
    index % 2 === 1 ? <mark key={index}>{part}</mark> : part,
  );
  return name === "" ? text : <span className={name}>{text}</span>;
}

/** Text and hits in turn, beginning with text. */
function splitByQuery(text: string, query: string): string[] {
  if (query === "") return [text];
  const low = text.toLowerCase();
  const needle = query.toLowerCase();
  // Some characters change their length with their case; then places would not fit.
  if (low.length !== text.length) return [text];
  const parts: string[] = [];
  let from = 0;
  for (let at = low.indexOf(needle); at !== -1; at = low.indexOf(needle, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + needle.length));
    from = at + needle.length;
  }
  return [...parts, text.slice(from)];
}
