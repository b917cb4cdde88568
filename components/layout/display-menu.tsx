"use client";

import { useLocale, useTranslations } from "next-intl";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { Menu, MenuCheck, MenuChoice, MenuLine } from "@/components/ui/menu.tsx";
import { LOCALES, type Locale } from "./preferences.ts";
import { useDisplay } from "./use-display.ts";
import { useNotify } from "./use-notify.ts";

/** Theme, language, and whether the desktop tells of a new problem. */
export function DisplayMenu() {
  const t = useTranslations("layout");
  const { theme, themes, setTheme, setLocale } = useDisplay();
  const notify = useNotify();
  return (
    <Menu
      trigger={
        <Button variant="ghost" iconOnly className="keep" aria-label={t("display")} title={t("display")}>
          <Icon name="sun" />
        </Button>
      }
    >
      <MenuChoice label={t("theme")} value={theme} choices={themes} onChoose={setTheme} />
      <MenuLine />
      <MenuChoice
        label={t("language")}
        value={useLocale() as Locale}
        choices={Object.entries(LOCALES) as [Locale, string][]}
        onChoose={setLocale}
      />
      <MenuLine />
      <MenuCheck
        label={t(notify.state === "blocked" ? "notify.blocked" : notify.state === "none" ? "notify.none" : "notify.switch")}
        checked={notify.on}
        disabled={notify.state === "blocked" || notify.state === "none"}
        onCheck={(on) => void notify.set(on)}
      />
    </Menu>
  );
}
