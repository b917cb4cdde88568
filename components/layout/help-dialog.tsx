"use client";

import { useTranslations } from "next-intl";
import { Dialog } from "@/components/ui/dialog.tsx";
import { Kbd } from "@/components/ui/kbd.tsx";
import { PAGES } from "./pages.ts";

const EVERYWHERE = [
  [["Ctrl K", "⌘ K"], "palette"],
  [["/"], "search"],
  [["p"], "pause"],
  [["?"], "help"],
] as const;
const NOW = [[["1", "…", "9"], "problem"]] as const;
const LIST = [
  [["j", "k"], "move"],
  [["↵"], "open"],
  [["space"], "peek"],
  [["."], "sort"],
  [["c"], "csv"],
] as const;

/** All keys and what they do. */
export function HelpDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations("layout");
  const then = <span>{t("keys.then")}</span>;
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("help")}>
      <h3 className="keys-part">{t("keys.everywhere")}</h3>
      <dl className="keys">
        {EVERYWHERE.map(([keys, what]) => (
          <KeyLine key={what} keys={keys} words={t(`keys.${what}`)} />
        ))}
        {PAGES.map((page) => (
          <div key={page.name} className="contents">
            <dt>
              <Kbd>g</Kbd> {then} <Kbd>{page.key}</Kbd>
            </dt>
            <dd>{t(`keys.${page.name}`)}</dd>
          </div>
        ))}
      </dl>
      <h3 className="keys-part">{t("keys.onNow")}</h3>
      <dl className="keys">
        {NOW.map(([keys, what]) => (
          <KeyLine key={what} keys={keys} words={t(`keys.${what}`)} />
        ))}
      </dl>
      <h3 className="keys-part">{t("keys.list")}</h3>
      <dl className="keys">
        {LIST.map(([keys, what]) => (
          <KeyLine key={what} keys={keys} words={t(`keys.${what}`)} />
        ))}
      </dl>
    </Dialog>
  );
}

function KeyLine({ keys, words }: { keys: readonly string[]; words: string }) {
  return (
    <div className="contents">
      <dt>
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dt>
      <dd>{words}</dd>
    </div>
  );
}
