"use client";

import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { usePlace } from "@/components/ui/time-context.tsx";
import { FINDING_KINDS, VERDICT_KINDS } from "@/lib/fleet/kinds.ts";
import { useNow } from "@/lib/stream/client/use-live.tsx";
import { RANGES, fromLocalInput, sinceOf, toLocalInput } from "./prepare-history.ts";
import { TEXT_FIELDS } from "./use-history-filter.ts";
import type { FilterKey, HistoryFilterState } from "./use-history-filter.ts";

/** What narrows the list. A field takes effect with Enter or when it is left; a choice at once. */
export function HistoryFilters({ state }: { state: HistoryFilterState }) {
  const t = useTranslations("history");
  const j = useTranslations("jobs");
  const { filter, set, clear } = state;
  const [more, setMore] = useState(false);
  return (
    <search className={more ? "card history-filters" : "card history-filters few"} aria-label={t("filters")}>
      <div className="history-fields">
        <TextField name="q" state={state} wide />
        <Choice
          name="verdict"
          value={filter.verdict}
          choices={VERDICT_KINDS.map((kind) => [kind, j(`verdict.${kind}`)])}
          onChoose={(verdict) => set({ verdict })}
        />
        <Choice
          name="finding"
          value={filter.finding}
          choices={FINDING_KINDS.map((kind) => [kind, j(`finding.${kind}`)])}
          onChoose={(finding) => set({ finding })}
        />
        {TEXT_FIELDS.map((name) => (
          <TextField key={name} name={name} state={state} />
        ))}
        <TimeField name="since" state={state} />
        <TimeField name="until" state={state} />
      </div>
      <div className="row wrap">
        <Ranges state={state} />
        <span className="only-phone">
          <Button aria-expanded={more} onClick={() => setMore(!more)}>
            <Icon name="filter" />
            {t(more ? "fewerFilters" : "moreFilters")}
          </Button>
        </span>
        {Object.keys(filter).length === 0 ? null : (
          <Button variant="ghost" onClick={clear}>
            <Icon name="close" />
            {t("clear")}
          </Button>
        )}
      </div>
    </search>
  );
}

function TextField({ name, state: { filter, set }, wide = false }: { name: FilterKey; state: HistoryFilterState; wide?: boolean }) {
  const t = useTranslations("history");
  const id = useId();
  const value = filter[name] ?? "";
  const commit = (text: string) => text.trim() !== value && set({ [name]: text.trim() === "" ? null : text.trim() });
  return (
    <div className={wide ? "field wide" : "field"}>
      <label htmlFor={id}>{t(`field.${name}`)}</label>
      <input
        key={value}
        id={id}
        defaultValue={value}
        type={name === "q" ? "search" : "text"}
        maxLength={200}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder={name === "q" ? t("placeholder") : undefined}
        onBlur={(event) => commit(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && commit(event.currentTarget.value)}
      />
    </div>
  );
}

interface ChoiceProps {
  name: "verdict" | "finding";
  value: string | undefined;
  choices: readonly (readonly [value: string, label: string])[];
  onChoose: (value: string | null) => void;
}

function Choice({ name, value, choices, onChoose }: ChoiceProps) {
  const t = useTranslations("history");
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t(`field.${name}`)}</label>
      <select
        id={id}
        value={value ?? ""}
        onChange={(event) => onChoose(event.currentTarget.value === "" ? null : event.currentTarget.value)}
      >
        <option value="">{t("any")}</option>
        {choices.map(([choice, label]) => (
          <option key={choice} value={choice}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

function TimeField({ name, state: { filter, set } }: { name: "since" | "until"; state: HistoryFilterState }) {
  const t = useTranslations("history");
  const id = useId();
  const { timeZone } = usePlace();
  const value = toLocalInput(filter[name], timeZone);
  return (
    <div className="field">
      <label htmlFor={id}>{t(`field.${name}`)}</label>
      <input
        key={value}
        id={id}
        type="datetime-local"
        defaultValue={value}
        onBlur={(event) => event.currentTarget.value !== value && set({ [name]: fromLocalInput(event.currentTarget.value) })}
      />
    </div>
  );
}

/** The last hour, day, week or month with one press. */
function Ranges({ state: { filter, set } }: { state: HistoryFilterState }) {
  const t = useTranslations("history");
  const now = useNow();
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
    <div className="views" role="group" aria-label={t("range")}>
      {RANGES.map((hours) => (
        <button
          key={hours}
          type="button"
          aria-pressed={filter.until === undefined && filter.since === sinceOf(hours, now)}
          onClick={() => set({ since: sinceOf(hours, now), until: null })}
        >
          {t(`ranges.${hours}`)}
        </button>
      ))}
      <button
        type="button"
        aria-pressed={filter.since === undefined && filter.until === undefined}
        onClick={() => set({ since: null, until: null })}
      >
        {t("ranges.all")}
      </button>
    </div>
  );
}
