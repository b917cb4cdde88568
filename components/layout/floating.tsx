"use client";

import dynamic from "next/dynamic";
import { useEffect, useState } from "react";

export type FloatingName = "palette" | "help";

const loadPalette = () => import("./command-palette.tsx");
const loadHelp = () => import("./help-dialog.tsx");
const CommandPalette = dynamic(() => loadPalette().then((loaded) => loaded.CommandPalette), { ssr: false });
const HelpDialog = dynamic(() => loadHelp().then((loaded) => loaded.HelpDialog), { ssr: false });

/** A page is read before anybody searches: what floats comes when the page has come to rest, so that the first key meets it. */
const REST_MS = 1_500;

/** Palette and help. They are no part of what a page needs at first. */
export function Floating({ name, onChange }: { name: FloatingName | null; onChange: (name: FloatingName | null) => void }) {
  const [opened, setOpened] = useState<ReadonlySet<FloatingName>>(new Set());
  if (name !== null && !opened.has(name)) setOpened(new Set([...opened, name]));
  useEffect(() => {
    const timer = setTimeout(() => void Promise.all([loadPalette(), loadHelp()]), REST_MS);
    return () => clearTimeout(timer);
  }, []);
  const toggle = (one: FloatingName) => (open: boolean) => onChange(open ? one : null);
  return (
    <>
      {opened.has("palette") ? (
        <CommandPalette open={name === "palette"} onOpenChange={toggle("palette")} onHelp={() => onChange("help")} />
      ) : null}
      {opened.has("help") ? <HelpDialog open={name === "help"} onOpenChange={toggle("help")} /> : null}
    </>
  );
}
