import type { Page } from "@playwright/test";

/**
 * Watches the page for texts: `arm(text)` before the change, `seen(text)` gives the time (ms since the epoch)
 * at which the text stood in the DOM, after the mutation was committed. One observer for the whole page.
 */
export async function installProbe(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times = new Map<string, number>();
    const waiting = new Set<string>();
    const look = (root: Node): void => {
      if (waiting.size === 0) return;
      const text = root.textContent ?? "";
      for (const wanted of waiting) {
        if (text.includes(wanted)) {
          times.set(wanted, performance.timeOrigin + performance.now());
          waiting.delete(wanted);
        }
      }
    };
    new MutationObserver((records) => {
      for (const record of records) {
        if (record.type === "characterData") look(record.target);
        for (const node of record.addedNodes) look(node);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    Object.assign(globalThis, { benchProbe: { times, waiting } });
  });
}

interface Probe {
  benchProbe: { times: Map<string, number>; waiting: Set<string> };
}

export async function arm(page: Page, text: string): Promise<void> {
  await page.evaluate((wanted) => void (globalThis as unknown as Probe).benchProbe.waiting.add(wanted), text);
}

/** Waits until the text was seen; rejects after 10 s, naming it. */
export async function seen(page: Page, text: string): Promise<number> {
  const time = await page.waitForFunction((wanted) => (globalThis as unknown as Probe).benchProbe.times.get(wanted) ?? 0, text, {
    polling: 5,
    timeout: 10_000,
  });
  return (await time.jsonValue()) as number;
}
