import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startProduct, type Product } from "../../product.ts";
import { CutProxy } from "./cut-proxy.ts";
import type { WatchProduct } from "./watch-product.ts";

/** `restart`: the product is killed with SIGKILL and started anew with the same data. `cut`: it cannot reach the API server for a while. */
export type DisturbanceKind = "restart" | "cut";
/** A time in which the product could not watch. */
export interface Outage {
  kind: DisturbanceKind;
  fromMs: number;
  /** The product could watch again at the latest. */
  toMs: number;
  /** Pods that the product had as ended when it began: they must not be lost. */
  endedBefore: ReadonlySet<string>;
}

const AWAY_MS = 20_000;
const CUT_MS = 45_000;
/** A reflector waits up to this long before it tries again. */
const BACK_MS = 35_000;

/** The product under test, behind a connection that can be cut, with data that outlive it. */
export class DisturbedProduct {
  readonly outages: Outage[] = [];
  readonly #proxy: CutProxy;
  readonly #data: string;
  #product: Product;

  private constructor(proxy: CutProxy, data: string, product: Product) {
    this.#proxy = proxy;
    this.#data = data;
    this.#product = product;
  }

  static async start(kubeconfig: string): Promise<DisturbedProduct> {
    const proxy = await CutProxy.start(kubeconfig);
    const data = mkdtempSync(path.join(tmpdir(), "runnerscope-campaign-"));
    return new DisturbedProduct(proxy, data, await startProduct({ KUBECONFIG: proxy.kubeconfig, RUNNERSCOPE_DATA: data }));
  }

  get url(): string {
    return this.#product.url;
  }

  log(): string {
    return this.#product.log();
  }

  async disturb(kind: DisturbanceKind, watch: WatchProduct): Promise<void> {
    const endedBefore = new Set(watch.ended.keys());
    const fromMs = Date.now();
    if (kind === "cut") {
      this.#proxy.cut();
      await pause(CUT_MS);
      this.#proxy.mend();
      this.outages.push({ kind, fromMs, toMs: Date.now() + BACK_MS, endedBefore });
      return;
    }
    process.kill(this.#product.pid, "SIGKILL");
    await this.#product.stop();
    await pause(AWAY_MS);
    this.#product = await startProduct({ KUBECONFIG: this.#proxy.kubeconfig, RUNNERSCOPE_DATA: this.#data });
    watch.moveTo(this.#product.url);
    this.outages.push({ kind, fromMs, toMs: Date.now() + 5_000, endedBefore });
  }

  async stop(): Promise<void> {
    await this.#product.stop();
    await this.#proxy.stop();
    rmSync(this.#data, { recursive: true, force: true });
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
