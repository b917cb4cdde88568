"use client";

import { useTranslations } from "next-intl";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { useReturnFocus } from "./use-return-focus.ts";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
}

/** A titled window above the page. Escape, the veil and its button close it; the focus returns to where it was. */
export function Dialog({ open, onOpenChange, title, children }: DialogProps) {
  const t = useTranslations("common");
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="veil" />
        <Radix.Content className="dialog" aria-describedby={undefined} {...useReturnFocus()}>
          <div className="card-head">
            <Radix.Title asChild>
              <h2>{title}</h2>
            </Radix.Title>
            <span className="end">
              <Radix.Close asChild>
                <Button variant="ghost" small iconOnly aria-label={t("close")}>
                  <Icon name="close" />
                </Button>
              </Radix.Close>
            </span>
          </div>
          <div className="card-body">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
