import { cookies, headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import { languageOf } from "@/app/api/compose-sentences.ts";
import { LOCALE_COOKIE, readLocale, ZONE_COOKIE } from "@/components/layout/preferences.ts";
import { isTimeZone } from "@/lib/base/local-time.ts";
import { loadMessages } from "./messages.ts";

/**
 * Language: what the reader chose, else what the browser asks for. Time zone: what the browser said at an earlier visit, else UTC;
 * times switch to the browser's zone right after hydration.
 */
export default getRequestConfig(async () => {
  const jar = await cookies();
  const locale = readLocale(jar.get(LOCALE_COOKIE)?.value) ?? languageOf((await headers()).get("accept-language") ?? "");
  const zone = jar.get(ZONE_COOKIE)?.value ?? "";
  return { locale, timeZone: isTimeZone(zone) ? zone : "UTC", messages: await loadMessages(locale) };
});
