"use client";

import { useTranslations } from "next-intl";
import { useRouter } from "next/navigation";
import { useSyncExternalStore } from "react";
import { keepPreference, LOCALE_COOKIE, readTheme, THEME_COOKIE, type Locale, type Theme } from "./preferences.ts";

/** The theme and language in use, and how to change them. The theme stands on `<html data-theme>`; both stay in cookies. */
export function useDisplay(): {
  theme: Theme;
  themes: readonly (readonly [Theme, string])[];
  setTheme: (theme: Theme) => void;
  setLocale: (locale: Locale) => void;
} {
  const t = useTranslations("layout");
  const router = useRouter();
  const theme = useSyncExternalStore(
    watchTheme,
    () => readTheme(document.documentElement.dataset["theme"]),
    () => "system" as const,
  );
  return {
    theme,
    themes: [
      ["system", t("themeSystem")],
      ["dark", t("themeDark")],
      ["light", t("themeLight")],
    ],
    setTheme: (next) => {
      document.documentElement.dataset["theme"] = next;
      keepPreference(THEME_COOKIE, next);
    },
    setLocale: (locale) => {
      keepPreference(LOCALE_COOKIE, locale);
      router.refresh();
    },
  };
}

function watchTheme(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}
