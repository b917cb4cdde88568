import type { Page } from "@playwright/test";

/** What a panel said first, and when: ms since the recorder began. */
export interface PanelWord {
  panel: string;
  state: string;
  atMs: number;
}

interface Recorder {
  words: PanelWord[];
  now: Record<string, string>;
}

/**
 * Watches every panel of the page that says how fresh it is, and keeps each change: cells of the source strip, cards with a badge, notes above the list,
 * and the page's own connection. A panel that says nothing is `live`.
 */
export async function recordPanels(page: Page): Promise<void> {
  await page.evaluate(() => {
    const start = performance.now();
    const recorder: Recorder = { words: [], now: {} };
    (globalThis as { panels?: Recorder }).panels = recorder;
    const read = () => {
      const states: Record<string, string> = {};
      for (const cell of document.querySelectorAll(".srcstrip li"))
        states[cell.querySelector("b")?.textContent ?? ""] = cell.querySelector<HTMLElement>(".age")?.dataset["state"] ?? "off";
      for (const card of document.querySelectorAll("section.card")) {
        const fresh = card.querySelector<HTMLElement>(".card-head .fresh");
        if (fresh) states[`card ${card.getAttribute("aria-labelledby")}`] = fresh.dataset["state"] ?? "";
      }
      for (const note of document.querySelectorAll("section.list-source, .banner"))
        states[`note ${note.textContent?.slice(0, 24)}`] = "shown";
      const changed = new Set([...Object.keys(states), ...Object.keys(recorder.now)]);
      for (const panel of changed) {
        const state = states[panel] ?? "live";
        if (state === (recorder.now[panel] ?? "live")) continue;
        recorder.words.push({ panel, state, atMs: Math.round(performance.now() - start) });
      }
      recorder.now = states;
    };
    read();
    new MutationObserver(read).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}

/** Names of the panels that are not live now, sorted; notes by their kind. */
export async function troubledPanels(page: Page): Promise<string[]> {
  const states = await page.evaluate(() => (globalThis as { panels?: Recorder }).panels?.now ?? {});
  return Object.entries(states)
    .filter(([, state]) => state !== "live")
    .map(([panel]) => (panel.startsWith("note ") ? "note" : panel))
    .toSorted();
}

/** All that was said since the recorder began. */
export function panelWords(page: Page): Promise<PanelWord[]> {
  return page.evaluate(() => (globalThis as { panels?: Recorder }).panels?.words ?? []);
}
