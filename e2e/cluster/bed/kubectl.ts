import { run } from "./command.ts";

/** kubectl with one kubeconfig. */
export class Kubectl {
  readonly #program: string;
  readonly #kubeconfig: string;

  constructor(program: string, kubeconfig: string) {
    this.#program = program;
    this.#kubeconfig = kubeconfig;
  }

  /** Resolves with what it printed. Rejects with its error text. */
  run(...args: string[]): Promise<string> {
    return run(this.#program, ["--kubeconfig", this.#kubeconfig, ...args]);
  }

  /** `manifest`: JSON or YAML. */
  async apply(manifest: string): Promise<void> {
    await run(this.#program, ["--kubeconfig", this.#kubeconfig, "apply", "--filename", "-"], { input: manifest });
  }

  applyObjects(items: readonly object[]): Promise<void> {
    return this.apply(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  }
}
