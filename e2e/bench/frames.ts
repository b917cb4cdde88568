import type { Page } from "@playwright/test";
import { spread, type Spread } from "./percentiles.ts";

/** Distances between animation frames in ms; `late`: how many were above 50 ms. */
export interface Frames extends Spread {
  late: number;
}

/** Watches the page's animation frames while `work` runs. */
export async function measureFrames(page: Page, work: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(() => {
    const watch = { times: [] as number[], on: true };
    (globalThis as unknown as { frames?: typeof watch }).frames = watch;
    const next = (time: number) => {
      watch.times.push(time);
      if (watch.on) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  await work();
  const times = await page.evaluate(() => {
    const { frames } = globalThis as unknown as { frames: { times: number[]; on: boolean } };
    frames.on = false;
    return frames.times;
  });
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return { ...spread(gaps), late: gaps.filter((gap) => gap > 50).length };
}
