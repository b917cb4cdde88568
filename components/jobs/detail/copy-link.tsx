"use client";

import { useTranslations } from "next-intl";
import { useSyncExternalStore } from "react";
import { CopyButton } from "@/components/ui/copy-button.tsx";

const never = () => () => {};

/** Copies this page's address; the server does not know by which name the reader came. */
export function CopyLink() {
  const t = useTranslations("job");
  const address = useSyncExternalStore(
    never,
    () => window.location.href,
    () => "",
  );
  return <CopyButton text={address} label={t("copyLink")} />;
}
