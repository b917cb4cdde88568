import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SourcesView } from "@/components/sources/sources-view.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("sources");
  return { title: t("title") };
}

export default function SourcesPage() {
  return <SourcesView />;
}
