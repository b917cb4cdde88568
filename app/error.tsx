"use client";

import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button.tsx";
import { Shape } from "@/components/ui/shape.tsx";

/** One page failed while it was drawn; the shell and the stream go on. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations("layout.error");
  return (
    <section className="card plain-page" role="alert">
      <Shape name="system-failure" tone="danger" />
      <h1>{t("title")}</h1>
      <p className="muted">{t("text")}</p>
      {error.digest === undefined ? (
        <p className="xs faint foreign">{error.message.slice(0, 300)}</p>
      ) : (
        <p className="xs faint">{t("digest", { digest: error.digest })}</p>
      )}
      <Button onClick={reset}>{t("again")}</Button>
    </section>
  );
}
