"use client";

import { useLocale, useTranslations } from "next-intl";
import { Button } from "@/components/ui/button.tsx";
import { Icon } from "@/components/ui/icon.tsx";
import { Menu, MenuChoice, MenuLine } from "@/components/ui/menu.tsx";
import { LOCALES, type Locale } from "./preferences.ts";
import { useDisplay } from "./use-display.ts";

/** Theme and language. */
export function DisplayMenu() {
  const t = useTranslations("layout");
  const { theme, themes, setTheme, setLocale } = useDisplay();
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
    </Menu>
  );
}
