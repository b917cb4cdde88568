import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { OverviewView } from "@/components/overview/overview-view.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("now");
  // A template of a layout does not reach the page beside it.
  return { title: { absolute: `${t("title")} · Runnerscope` } };
}

export default function NowPage() {
  return <OverviewView />;
}
