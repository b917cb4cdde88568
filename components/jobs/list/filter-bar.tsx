"use client";

import { FILTER_INPUT_ID } from "./filter-input-id.ts";
import { useTranslations } from "next-intl";
import { useId, useRef } from "react";
import type { KeyboardEvent } from "react";
import { Icon } from "@/components/ui/icon.tsx";
import { Kbd } from "@/components/ui/kbd.tsx";
import { CHOICES, CHOICE_KEYS, FILTER_KEYS, NUMBER_KEYS, formatFilter, splitTerms } from "./filter-jobs.ts";
import type { ChoiceKey, Problem, Term } from "./filter-jobs.ts";

interface FilterBarProps {
  terms: readonly Term[];
  draft: string;
  onDraft: (draft: string) => void;
  onFilter: (filter: string) => void;
}

/**
 * One field: terms that are done are chips, what is being typed is text. A space, Enter or leaving the field makes a chip;
 * Backspace in the empty field goes to the last chip, where Backspace or Delete removes it.
 */
export function FilterBar({ terms, draft, onDraft, onFilter }: FilterBarProps) {
  const t = useTranslations("jobs");
  const input = useRef<HTMLInputElement>(null);
  const chips = useRef<HTMLElement>(null);
  const suggestions = useId();
  const commit = (text: string) => {
    onFilter([formatFilter(terms), ...splitTerms(text)].join(" ").trim());
    onDraft("");
  };
  const remove = (index: number) => {
    onFilter(formatFilter(terms.filter((_, other) => other !== index)));
    input.current?.focus();
  };
  const focusChip = (from: Element | null, step: -1 | 1) => {
    const buttons = [...(chips.current?.querySelectorAll("button") ?? [])];
    const next = from === null ? buttons.length - 1 : buttons.findIndex((button) => button === from) + step;
    (buttons[next] ?? input.current)?.focus();
  };
  return (
    <search className="filter" ref={chips}>
      <Icon name="filter" />
      {terms.map((term, index) => (
        <FilterChip key={`${index} ${term.text}`} term={term} onRemove={() => remove(index)} onStep={focusChip} />
      ))}
      <input
        ref={input}
        id={FILTER_INPUT_ID}
        className="filter-input"
        value={draft}
        list={suggestions}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        aria-label={t("filter.label")}
        placeholder={terms.length === 0 ? t("filter.placeholder") : t("filter.more")}
        onChange={({ target: { value } }) => (/\s$/.test(value) && value.split('"').length % 2 === 1 ? commit(value) : onDraft(value))}
        onBlur={() => draft.trim() !== "" && commit(draft)}
        onKeyDown={(event) => onInputKey(event, draft, { commit, lastChip: () => focusChip(null, -1) })}
      />
      <datalist id={suggestions}>
        {suggest(draft).map((text) => (
          <option key={text} value={text}>
            {text}
          </option>
        ))}
      </datalist>
      <span className="only-wide">
        <Kbd>/</Kbd>
      </span>
    </search>
  );
}

function onInputKey(
  event: KeyboardEvent<HTMLInputElement>,
  draft: string,
  act: { commit: (text: string) => void; lastChip: () => void },
): void {
  const { key, currentTarget } = event;
  if (key === "Enter" && draft.trim() !== "") act.commit(draft);
  else if ((key === "Backspace" || key === "ArrowLeft") && draft === "") act.lastChip();
  else if (key === "Escape") currentTarget.blur();
  else return;
  event.preventDefault();
}

function FilterChip({ term, onRemove, onStep }: { term: Term; onRemove: () => void; onStep: (from: Element, step: -1 | 1) => void }) {
  const t = useTranslations("jobs");
  const not = term.kind !== "bad" && term.not;
  const words = wordsOf(term);
  const key = words.key === "" ? "" : t(`filter.key.${words.key as "project"}`);
  return (
    <span className={not ? "q not" : "q"} data-bad={term.kind === "bad"}>
      {key === "" && !not ? null : <span>{not ? t("filter.not", { key }) : key}</span>}
      <b>{words.value}</b>
      <button
        type="button"
        aria-label={t("filter.remove", { term: term.text })}
        onClick={onRemove}
        onKeyDown={(event) => {
          if (event.key === "Backspace" || event.key === "Delete") onRemove();
          else if (event.key === "ArrowLeft") onStep(event.currentTarget, -1);
          else if (event.key === "ArrowRight") onStep(event.currentTarget, 1);
          else return;
          event.preventDefault();
        }}
      >
        ×
      </button>
    </span>
  );
}

function wordsOf(term: Term): { key: string; value: string } {
  if (term.kind === "match") return { key: term.key, value: term.values.join(", ") };
  if (term.kind === "compare") return { key: term.key, value: term.text.replace(/^-?[a-z]+/i, "").replace(/^:/, "= ") };
  return { key: "", value: term.kind === "word" ? term.word : term.text };
}

/** What may come next: the keys, or the choices of a key. */
function suggest(draft: string): string[] {
  const [, not = "", key = "", rest] = /^(-?)([a-z]*)(:?)/i.exec(draft) ?? [];
  if (rest === "") return FILTER_KEYS.map((name) => `${not}${name}${(NUMBER_KEYS as readonly string[]).includes(name) ? ">" : ":"}`);
  return (CHOICE_KEYS as readonly string[]).includes(key) ? CHOICES[key as ChoiceKey].map((choice) => `${not}${key}:${choice}`) : [];
}

/** Terms that could not be read, each with what to write instead. */
export function FilterProblems({ terms }: { terms: readonly Term[] }) {
  const t = useTranslations("jobs");
  const bad = terms.flatMap((term) => (term.kind === "bad" ? [term] : []));
  return (
    <output className="filter-problems">
      {bad.map(({ text, problem }) => (
        <span key={text} className="sm">
          {t(`filter.bad.${problem.code}`, { text, ...wordsFor(problem) })} {t("filter.bad.rest")}
        </span>
      ))}
    </output>
  );
}

function wordsFor({ code: _code, ...words }: Problem): Record<string, string> {
  return words;
}
