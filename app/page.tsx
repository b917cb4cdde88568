import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { OverviewView } from "@/components/overview/overview-view.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("now");
  return { title: t("title") };
}

export default function NowPage() {
  return <OverviewView />;
}
