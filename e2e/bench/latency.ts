import type { Page } from "@playwright/test";
import { arm, seen } from "./dom-probe.ts";
import type { KubeApi } from "../kube-api.ts";
import { spread, type Spread } from "./percentiles.ts";
import { renameSubject } from "./subject-pods.ts";

export interface Latency {
  /** From the request that changes the pod to the line of a raw watch. */
  raw: Spread;
  /** From the same request to the DOM of the page. */
  dom: Spread;
  /** DOM minus raw, change by change. */
  added: Spread;
}

/** Arrival times of job names on a raw watch of the bench namespace. */
export class RawWatch {
  readonly #times = new Map<string, number>();
  readonly #stop: () => void;

  constructor(api: KubeApi) {
    this.#stop = api.watch("/api/v1/namespaces/bench/pods?watch=true", (line, at) => {
      const name = /"job\.runner\.gitlab\.com\/name":"([^"]+)"/.exec(line)?.[1];
      if (name && !this.#times.has(name)) this.#times.set(name, at);
    });
  }

  async seen(name: string): Promise<number> {
    const end = Date.now() + 10_000;
    while (Date.now() < end) {
      const at = this.#times.get(name);
      if (at !== undefined) return at;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    throw new Error(`The raw watch did not see ${name} within 10 s.`);
  }

  stop(): void {
    this.#stop();
  }
}

/**
 * Renames `subject` `count` times, one after the other with a random pause of 100–400 ms (so that the changes meet every moment of a
 * batching window), and times each on the raw watch and in the page.
 */
export async function measureLatency(api: KubeApi, page: Page, subject: string, count: number, label: string): Promise<Latency> {
  const watch = new RawWatch(api);
  const raw: number[] = [];
  const dom: number[] = [];
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  try {
    for (let i = 0; i < count; i += 1) {
      const name = `${label}-${i}-${Math.random().toString(36).slice(2, 8)}`;
      await arm(page, name);
      const start = performance.timeOrigin + performance.now();
      await renameSubject(api, subject, name);
      const [rawAt, domAt] = await Promise.all([watch.seen(name), seen(page, name)]);
      raw.push(rawAt - start);
      dom.push(domAt - start);
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 300));
    }
  } finally {
    watch.stop();
  }
  return { raw: spread(raw), dom: spread(dom), added: spread(dom.map((value, index) => value - (raw[index] ?? 0))) };
}
