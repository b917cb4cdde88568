"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

interface CopyButtonProps {
  text: string;
  /** What will be copied, as a command: `Copy rule`. */
  label: string;
  iconOnly?: boolean;
}

const SHOWN_MS = 2_000;

/** Copies a text and says whether that worked. */
export function CopyButton({ text, label, iconOnly = false }: CopyButtonProps) {
  const t = useTranslations("common");
  const [outcome, setOutcome] = useState<"copied" | "failed" | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
  const copy = async () => {
    setOutcome((await writeClipboard(text)) ? "copied" : "failed");
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(() => setOutcome(null), SHOWN_MS);
  };
  const words = outcome === null ? label : t(outcome === "copied" ? "copied" : "copyFailed");
  return (
    <>
      <Button
        small
        variant={iconOnly ? "ghost" : "plain"}
        iconOnly={iconOnly}
        onClick={() => void copy()}
        title={iconOnly ? words : undefined}
        {...(iconOnly ? { "aria-label": label } : {})}
      >
        <Icon name={outcome === null ? "copy" : outcome === "copied" ? "check" : "close"} />
        {iconOnly ? null : words}
      </Button>
      <output className="sr-only">{outcome === null ? "" : words}</output>
    </>
  );
}

/** The clipboard's own API exists only on HTTPS and localhost; a dashboard inside a cluster is often neither. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = text;
  field.setAttribute("readonly", "");
  field.style.cssText = "position:fixed;top:0;opacity:0";
  // Inside an open dialog: the dialog takes the focus back from anything outside it.
  (focused?.closest("[role=dialog]") ?? document.body).append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
