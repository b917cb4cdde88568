"use client";

import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button.tsx";
import { Kbd } from "@/components/ui/kbd.tsx";

const HINTS = [
  [["j", "k"], "move"],
  [["↵"], "open"],
  [["space"], "peek"],
  [["/"], "filter"],
  [["p"], "pause"],
  [["c"], "csv"],
  [["?"], "all"],
] as const;

/** The keys of this page, and whether rows are held in place. */
export function KeyHints({ outOfPlace, onResort }: { outOfPlace: boolean; onResort: () => void }) {
  const t = useTranslations("jobs");
  return (
    <div className="hints">
      {HINTS.map(([keys, what]) => (
        <span key={what}>
          {keys.map((key) => (
            <Kbd key={key}>{key}</Kbd>
          ))}{" "}
          {t(`hint.${what}`)}
        </span>
      ))}
      {outOfPlace ? (
        <Button small className="ml-auto" onClick={onResort}>
          {t("sort.again")} <Kbd>.</Kbd>
        </Button>
      ) : (
        <span className="ml-auto">{t.rich("hint.hold", { k: (key) => <Kbd>{key}</Kbd> })}</span>
      )}
    </div>
  );
}
