import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ManagersView } from "@/components/managers/managers-view.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("managers");
  return { title: t("title") };
}

export default function ManagersPage() {
  return <ManagersView />;
}
