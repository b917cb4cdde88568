import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A reverse proxy that passes on a live stream only when it is over, as one does that buffers answers; `buffers` false: as it comes. */
export class BufferingProxy {
  buffers = true;
  /** How many streams it holds back now. */
  held = 0;
  readonly #target: URL;
  readonly #server: Server;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
  }

  static async open(target: string): Promise<BufferingProxy> {
    const proxy = new BufferingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections; new ones are taken. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { hostname, port } = this.#target;
    const options = { hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers, agent: false };
    const upstream = request(options, (answer) => {
      const { statusCode = 502, headers } = answer;
      answer.on("error", () => outgoing.destroy());
      if (!this.buffers || !headers["content-type"]?.startsWith("text/event-stream")) {
        outgoing.writeHead(statusCode, headers);
        return void answer.pipe(outgoing);
      }
      const chunks: Buffer[] = [];
      this.held += 1;
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("close", () => (this.held -= 1));
      answer.on("end", () => outgoing.writeHead(statusCode, headers).end(Buffer.concat(chunks)));
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  }
}
