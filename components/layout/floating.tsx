"use client";

import { useEffect, useState } from "react";
import type { CommandPalette } from "./command-palette.tsx";
import type { HelpDialog } from "./help-dialog.tsx";

export type FloatingName = "palette" | "help";

interface Loaded {
  Palette: typeof CommandPalette;
  Help: typeof HelpDialog;
}

/** A page is read before anybody searches: what floats comes when the page has come to rest. */
const REST_MS = 1_500;

async function load(): Promise<Loaded> {
  const [palette, help] = await Promise.all([import("./command-palette.tsx"), import("./help-dialog.tsx")]);
  return { Palette: palette.CommandPalette, Help: help.HelpDialog };
}

/**
 * Palette and help: no part of what a page needs at first. They are held as components and not drawn through a lazy boundary, so that
 * the palette stands in the same turn in which its key is pressed, and what is typed right after it is not lost.
 */
export function Floating({ name, onChange }: { name: FloatingName | null; onChange: (name: FloatingName | null) => void }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const wanted = name !== null;
  useEffect(() => {
    if (loaded !== null) return undefined;
    // Without a connection it is tried again when somebody asks for it.
    const timer = setTimeout(() => void load().then(setLoaded, () => {}), wanted ? 0 : REST_MS);
    return () => clearTimeout(timer);
  }, [loaded, wanted]);
  if (loaded === null) return null;
  const { Palette, Help } = loaded;
  const toggle = (one: FloatingName) => (open: boolean) => onChange(open ? one : null);
  return (
    <>
      <Palette open={name === "palette"} onOpenChange={toggle("palette")} onHelp={() => onChange("help")} />
      <Help open={name === "help"} onOpenChange={toggle("help")} />
    </>
  );
}
