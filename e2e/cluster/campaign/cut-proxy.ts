import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A connection to the API server that can be cut: a TCP proxy and a kubeconfig that goes through it. */
export class CutProxy {
  readonly kubeconfig: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #gate: { open: boolean };

  private constructor(kubeconfig: string, server: Server, sockets: Set<Socket>, gate: { open: boolean }) {
    this.kubeconfig = kubeconfig;
    this.#server = server;
    this.#sockets = sockets;
    this.#gate = gate;
  }

  /** `kubeconfig`: as the bed writes it (JSON); the copy beside it names the proxy instead of the API server. */
  static async start(kubeconfig: string): Promise<CutProxy> {
    const config = JSON.parse(readFileSync(kubeconfig, "utf8")) as { clusters: { cluster: { server: string } }[] };
    const cluster = config.clusters[0]?.cluster;
    if (!cluster) throw new Error(`${kubeconfig} names no cluster.`);
    const target = new URL(cluster.server);
    const sockets = new Set<Socket>();
    const gate = { open: true };
    const server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(socket);
        socket.once("error", () => {});
        socket.once("close", () => {
          sockets.delete(socket);
          other.destroy();
        });
      }
      if (!gate.open) return void client.destroy();
      client.pipe(upstream).pipe(client);
    });
    await new Promise<void>((resolve, reject) => void server.once("error", reject).listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
    cluster.server = `https://127.0.0.1:${address.port}`; // a name of the API server's certificate
    const copy = kubeconfig.replace(/(\.kubeconfig)?$/, "-cut.kubeconfig");
    writeFileSync(copy, JSON.stringify(config), { mode: 0o600 });
    return new CutProxy(copy, server, sockets, gate);
  }

  /** Ends every connection and lets no new one live. */
  cut(): void {
    this.#gate.open = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#gate.open = true;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
