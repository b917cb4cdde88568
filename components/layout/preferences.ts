/** What a reader chose, in cookies: the server draws the first HTML so. */
export const THEME_COOKIE = "runnerscope-theme";
export const LOCALE_COOKIE = "runnerscope-locale";
export const ZONE_COOKIE = "runnerscope-zone";

const THEMES = ["system", "dark", "light"] as const;
export type Theme = (typeof THEMES)[number];
/** Each language in its own words, so that it is found by who reads it. */
export const LOCALES = { en: "English", "zh-CN": "中文" } as const;
export type Locale = keyof typeof LOCALES;

export function readTheme(text: string | undefined): Theme {
  return THEMES.find((theme) => theme === text) ?? "system";
}

export function readLocale(text: string | undefined): Locale | null {
  return text === "en" || text === "zh-CN" ? text : null;
}

const YEAR_S = 31_536_000;

/** In the browser only. */
export function keepPreference(cookie: string, value: string): void {
  document.cookie = `${cookie}=${encodeURIComponent(value)}; path=/; max-age=${YEAR_S}; samesite=lax`;
}
