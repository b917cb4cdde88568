import { PAGES } from "./pages.ts";

/** What a key does everywhere. Keys of a list (`j k Enter Space . c`) belong to the list. */
export type Action = "palette" | "search" | "help" | "pause" | { go: string };

/** What was pressed, as a KeyboardEvent tells it. */
export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** The focus is where text is typed, or in something that floats. */
  typing: boolean;
}

/** After `g` the second key must come within this time. */
const CHORD_MS = 1_500;

/** The action of a key press. `chordAt`: when `g` was pressed, in ms of the same clock as `now`; null: it was not. */
export function readPress(press: Press, chordAt: number | null, now: number): { action: Action | null; chordAt: number | null } {
  const { key, ctrlKey, metaKey, altKey, typing } = press;
  // Ctrl/⌘ K works from inside a field too: nothing else is meant by it there.
  if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "k") return { action: "palette", chordAt: null };
  if (typing || ctrlKey || metaKey || altKey) return { action: null, chordAt: null };
  const page = chordAt !== null && now - chordAt <= CHORD_MS ? PAGES.find((one) => one.key === key) : undefined;
  if (page !== undefined) return { action: { go: page.path }, chordAt: null };
  if (key === "g") return { action: null, chordAt: now };
  const actions: Record<string, Action> = { "/": "search", "?": "help", p: "pause" };
  return { action: Object.hasOwn(actions, key) ? (actions[key] ?? null) : null, chordAt: null };
}

/** Whether keys pressed on this element are text, or belong to a window, a menu or a list box. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  const field = target.closest("input, textarea, select, [role=dialog], [role=menu], [role=listbox]");
  return field !== null && !(field instanceof HTMLInputElement && ["checkbox", "radio", "button"].includes(field.type));
}
