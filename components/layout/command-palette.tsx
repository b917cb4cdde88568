"use client";

import { Command } from "cmdk";
import { useLocale, useTranslations } from "next-intl";
import { useRouter } from "next/navigation";
import { Dialog } from "radix-ui";
import { useMemo, useState } from "react";
import { jobPathOfKey } from "@/components/jobs/detail/job-path.ts";
import { VERDICT_SHAPES } from "@/components/jobs/verdict-shape.ts";
import { Icon, type IconName } from "@/components/ui/icon.tsx";
import { Kbd } from "@/components/ui/kbd.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Age } from "@/components/ui/time.tsx";
import { useReturnFocus } from "@/components/ui/use-return-focus.ts";
import { valueOf } from "@/lib/base/known.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { useCollection, useConnection, useLiveActions } from "@/lib/stream/client/use-live.tsx";
import { PAGES } from "./pages.ts";
import { LOCALES, type Locale } from "./preferences.ts";
import { readPasted, searchJobs } from "./search-jobs.ts";
import { useDisplay } from "./use-display.ts";

/** So many jobs fit without scrolling; the last line leads to all of them. */
const MOST_JOBS = 8;

interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onHelp: () => void;
}

/** One field that finds jobs, pages and actions; an address or a number that is pasted leads straight to its job. */
export function CommandPalette({ open, onOpenChange, onHelp }: PaletteProps) {
  const t = useTranslations("layout.palette");
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="dialog palette" aria-describedby={undefined} {...useReturnFocus()}>
          <Dialog.Title className="sr-only">{t("title")}</Dialog.Title>
          <PaletteBody onHelp={onHelp} close={() => onOpenChange(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteBody({ close, onHelp }: { close: () => void; onHelp: () => void }) {
  const t = useTranslations("layout.palette");
  const router = useRouter();
  const [text, setText] = useState("");
  const jobs = useCollection("jobs");
  const found = useMemo(() => searchJobs(jobs.values(), text, MOST_JOBS), [jobs, text]);
  const pasted = readPasted(text);
  const go = (path: string) => {
    close();
    router.push(path);
  };
  return (
    <Command shouldFilter={false} loop label={t("title")}>
      <div className="palette-input">
        <Icon name="search" />
        <Command.Input value={text} onValueChange={setText} placeholder={t("placeholder")} />
        <Kbd>esc</Kbd>
      </div>
      <Command.List>
        <Command.Empty>{t("empty")}</Command.Empty>
        {pasted === null ? null : (
          <Command.Group heading={t("open")}>
            <Command.Item value={`open ${pasted.path}`} onSelect={() => go(pasted.path)}>
              <Icon name="jobs" />
              <span className="trunc">{t("openJob", { name: pasted.name })}</span>
            </Command.Item>
          </Command.Group>
        )}
        {found.length === 0 ? null : (
          <Command.Group heading={t("jobs")}>
            {found.map((row) => (
              <JobItem key={row.key} row={row} onOpen={go} />
            ))}
            <Command.Item value="all-jobs" onSelect={() => go(`/jobs?v=all&q=${encodeURIComponent(text.trim())}`)}>
              <Icon name="filter" />
              <span className="trunc">{t("allJobs", { text: text.trim() })}</span>
            </Command.Item>
          </Command.Group>
        )}
        <Commands text={text} go={go} close={close} onHelp={onHelp} />
      </Command.List>
    </Command>
  );
}

function JobItem({ row, onOpen }: { row: JobRow; onOpen: (path: string) => void }) {
  const { shape, tone } = VERDICT_SHAPES[row.verdict.kind];
  const name = valueOf(row.gitlab.name);
  return (
    <Command.Item value={row.key} onSelect={() => onOpen(jobPathOfKey(row.key))}>
      <Shape name={shape} tone={tone} />
      <span className="trunc">
        <b className="m">{name ?? row.pod}</b>{" "}
        <span className="muted">{[valueOf(row.gitlab.project), valueOf(row.gitlab.ref)].filter(Boolean).join(" ")}</span>
      </span>
      <span className="end">
        <Age since={row.deletedAt ?? row.createdAt} />
      </span>
    </Command.Item>
  );
}

interface Line {
  id: string;
  icon: IconName;
  words: string;
  key?: string;
  run: () => void;
}

function Commands({ text, go, close, onHelp }: { text: string; go: (path: string) => void; close: () => void; onHelp: () => void }) {
  const t = useTranslations("layout");
  const pages: Line[] = PAGES.map((page) => ({
    id: `page ${page.name}`,
    icon: page.icon,
    words: t(`page.${page.name}`),
    key: `g ${page.key}`,
    run: () => go(page.path),
  }));
  const groups = [
    ["pages", pages],
    ["actions", useActions(close, onHelp)],
  ] as const;
  return groups.map(([heading, lines]) => {
    const shown = lines.filter((line) => line.words.toLowerCase().includes(text.trim().toLowerCase()));
    if (shown.length === 0) return null;
    return (
      <Command.Group key={heading} heading={t(`palette.${heading}`)}>
        {shown.map((line) => (
          <Command.Item key={line.id} value={line.id} onSelect={line.run}>
            <Icon name={line.icon} />
            <span className="trunc">{line.words}</span>
            {line.key === undefined ? null : (
              <span className="end">
                <Kbd>{line.key}</Kbd>
              </span>
            )}
          </Command.Item>
        ))}
      </Command.Group>
    );
  });
}

const THEME_ICONS = { system: "screen", dark: "moon", light: "sun" } as const;

function useActions(close: () => void, onHelp: () => void): Line[] {
  const t = useTranslations("layout");
  const { state } = useConnection();
  const { pause, resume } = useLiveActions();
  const { theme, themes, setTheme, setLocale } = useDisplay();
  const closing = (act: () => void) => () => {
    close();
    act();
  };
  const paused = state === "paused";
  const current = useLocale();
  const languages = (Object.entries(LOCALES) as [Locale, string][]).filter(([locale]) => locale !== current);
  return [
    {
      id: "pause",
      icon: paused ? "play" : "pause",
      words: t(paused ? "live.resume" : "live.pause"),
      key: "p",
      run: closing(paused ? resume : pause),
    },
    { id: "help", icon: "help", words: t("help"), key: "?", run: closing(onHelp) },
    ...themes
      .filter(([name]) => name !== theme)
      .map(([name, words]): Line => ({
        id: `theme ${name}`,
        icon: THEME_ICONS[name],
        words: `${t("theme")}: ${words}`,
        run: closing(() => setTheme(name)),
      })),
    ...languages.map(([locale, words]): Line => ({
      id: `language ${locale}`,
      icon: "language",
      words: `${t("language")}: ${words}`,
      run: closing(() => setLocale(locale)),
    })),
  ];
}
