import type { ReactNode } from "react";

/** A wide table in its own sideways scroll. It takes focus, so that the arrow keys scroll it (WCAG 2.1.1; axe `scrollable-region-focusable`). */
export function ScrollBox({ label, children }: { label: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="tablewrap" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
