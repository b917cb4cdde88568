import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ButtonLink } from "@/components/ui/button.tsx";
import { Shape } from "@/components/ui/shape.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("layout.notFound");
  return { title: t("title") };
}

export default async function NotFound() {
  const t = await getTranslations("layout.notFound");
  return (
    <section className="card plain-page">
      <Shape name="unknown" tone="unknown" />
      <h1>{t("title")}</h1>
      <p className="muted">{t("text")}</p>
      <ButtonLink href="/">{t("back")}</ButtonLink>
    </section>
  );
}
