import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { FakeApiServer, type FakeApiOptions, type KubeconfigFileOptions } from "../../lib/testing/fake-api/fake-api-server.ts";
import { FakeFleet } from "../../lib/testing/fake-fleet.ts";
import type { Job } from "../../lib/fleet/schema.ts";
import { startProduct, type Product } from "../product.ts";

export interface StageOptions {
  api?: FakeApiOptions;
  kubeconfig?: KubeconfigFileOptions;
  env?: Record<string, string>;
  /** Before the product starts, for example rights and faults. */
  prepare?: (fleet: FakeFleet) => void;
  /** False: no nodes and no managers. */
  furnished?: boolean;
}

/** The built product against a fake API server. */
export class Stage {
  readonly api: FakeApiServer;
  readonly fleet: FakeFleet;
  readonly #folder: string;
  readonly #env: Record<string, string>;
  #product: Product;

  private constructor(fleet: FakeFleet, product: Product, folder: string, env: Record<string, string>) {
    [this.api, this.fleet, this.#product, this.#folder, this.#env] = [fleet.api, fleet, product, folder, env];
  }

  static async open({ api, kubeconfig, env = {}, prepare, furnished = true }: StageOptions = {}): Promise<Stage> {
    const server = await FakeApiServer.start({ bookmarkIntervalMs: 5_000, ...api });
    const fleet = new FakeFleet(server);
    if (furnished) fleet.furnish();
    prepare?.(fleet);
    const folder = await mkdtemp(path.join(tmpdir(), "runnerscope-pages-"));
    const file = await server.writeKubeconfig(folder, kubeconfig);
    const data = path.join(folder, "data");
    // The fake nodes have no kubelets, the fake managers no metrics port.
    const whole = {
      KUBECONFIG: file,
      RUNNERSCOPE_LOG_LEVEL: "warn",
      RUNNERSCOPE_DATA: data,
      RUNNERSCOPE_KUBELET: "off",
      RUNNERSCOPE_MANAGERS: "off",
      ...env,
    };
    return new Stage(fleet, await startProduct(whole), folder, whole);
  }

  get product(): Product {
    return this.#product;
  }

  /** What the product was started with. */
  get environment(): Readonly<Record<string, string>> {
    return this.#env;
  }

  /** A new process of the product, for one that was killed. */
  async restart(port: number): Promise<void> {
    await this.#product.stop();
    this.#product = await startProduct(this.#env, port);
  }

  get url(): string {
    return this.#product.url;
  }

  /** The path of the job's page, for a pod that the server still has. */
  jobPath(name: string): string {
    return `/jobs/fake/${this.fleet.pod(name)?.metadata.uid}`;
  }

  async get<T>(pathname: string): Promise<T> {
    const response = await fetch(`${this.url}${pathname}`);
    if (!response.ok) throw new Error(`${pathname}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** The job of this pod as the API tells it; undefined: not known (yet). */
  async job(pod: string): Promise<Job | undefined> {
    const pages = await Promise.all(
      ["live", "finished"].map((state) => this.get<{ items: Job[] }>(`/api/v1/jobs?state=${state}&limit=500`)),
    );
    return pages.flatMap((page) => page.items).find((job) => job.pod === pod);
  }

  async close(): Promise<void> {
    await this.#product.stop();
    await this.api.stop();
    await rm(this.#folder, { recursive: true });
  }
}
