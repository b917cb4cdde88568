"use client";

import { useRouter } from "next/navigation";
import { useEffect, useEffectEvent } from "react";
import { isTyping } from "@/components/layout/shortcuts.ts";
import type { Problem } from "@/lib/fleet/schema.ts";

/** The keys 1 to 9 lead to the cause of the problem with that place in the list. */
export function useProblemKeys(shown: readonly Problem[]): void {
  const router = useRouter();
  const open = useEffectEvent((place: number) => {
    const problem = shown[place - 1];
    if (problem !== undefined) router.push(problem.target);
    return problem !== undefined;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, target, defaultPrevented, isComposing, repeat } = event;
      if (defaultPrevented || isComposing || repeat || ctrlKey || metaKey || altKey || !/^[1-9]$/.test(key) || isTyping(target)) return;
      if (open(Number(key))) event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
