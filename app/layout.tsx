import "./styles/globals.css";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import { connection } from "next/server";
import { NextIntlClientProvider } from "next-intl";
import { getLocale, getTimeZone, getTranslations } from "next-intl/server";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { readTheme, THEME_COOKIE } from "@/components/layout/preferences.ts";
import { SetupView } from "@/components/layout/setup-view.tsx";
import { Shell } from "@/components/layout/shell.tsx";
import { LiveTime } from "@/components/live/live-time.tsx";
import { getRuntime } from "@/lib/runtime/runtime.ts";
import { LiveProvider } from "@/lib/stream/client/use-live.tsx";
import packageJson from "../package.json";
import { firstPage } from "./first-page.ts";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("layout");
  return { title: { template: "%s · Runnerscope", default: "Runnerscope" }, description: t("description") };
}

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f6f7f8" },
    { media: "(prefers-color-scheme: dark)", color: "#0b0c0e" },
  ],
  colorScheme: "light dark",
};

/** The first HTML holds a snapshot of the fleet, whole unless it is large; the stream goes on after it. The theme is CSS alone, so nothing flashes. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  await connection();
  const theme = readTheme((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <html lang={await getLocale()} data-theme={theme}>
      <body>
        <NextIntlClientProvider>
          <NuqsAdapter>
            <Content>{children}</Content>
          </NuqsAdapter>
        </NextIntlClientProvider>
      </body>
    </html>
  );
}

/** The shell with the page, or, when there is nothing to watch, how to change that. */
async function Content({ children }: { children: ReactNode }) {
  const runtime = await getRuntime();
  const { status } = runtime;
  if (status.state !== "ok")
    return <SetupView {...(status.state === "no-cluster" ? { tried: status.tried } : { errors: status.errors })} />;
  const initial = runtime.snapshot("fleet");
  if (initial === null) throw new Error("The fleet has no snapshot. It is published when the runtime is composed.");
  return (
    <LiveProvider initial={firstPage(initial)}>
      <LiveTime timeZone={await getTimeZone()} locale={await getLocale()}>
        <Shell label={runtime.config.label} version={packageJson.version}>
          {children}
        </Shell>
      </LiveTime>
    </LiveProvider>
  );
}
