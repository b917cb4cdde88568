/** A debugger's view of a Node process that was started with `--inspect-port=0` and got SIGUSR1. */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #onChunk: (chunk: string) => void = () => {};
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { id?: number; method?: string; params?: { chunk?: string }; result?: unknown };
      if (message.method === "HeapProfiler.addHeapSnapshotChunk") this.#onChunk(message.params?.chunk ?? "");
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message.result);
    });
  }

  /** Opens the process's debugger. `log` gives what it wrote so far; it says there where to connect. */
  static async open(pid: number, log: () => string): Promise<Inspector> {
    process.kill(pid, "SIGUSR1");
    for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const url = /Debugger listening on (ws:\S+)/.exec(log())?.[1];
      if (url === undefined) continue;
      const socket = new WebSocket(url);
      await new Promise<void>((resolve, reject) => {
        socket.addEventListener("open", () => resolve(), { once: true });
        socket.addEventListener("error", () => reject(new Error(`no connection to ${url}`)), { once: true });
      });
      return new Inspector(socket);
    }
    throw new Error("The process did not open its debugger.");
  }

  send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#id;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Which of these texts are on the heap after a collection, each with the beginning of the first string that holds it. */
  async findOnHeap(needles: readonly string[]): Promise<Map<string, string>> {
    // Strings are cut at 1,024 characters otherwise.
    await this.send("Runtime.evaluate", {
      expression: 'process.getBuiltinModule("node:v8").setFlagsFromString("--heap-snapshot-string-limit=10000000")',
    });
    await this.send("HeapProfiler.enable");
    await this.send("HeapProfiler.collectGarbage");
    const found = new Map<string, string>();
    let tail = "";
    let size = 0;
    this.#onChunk = (chunk) => {
      size += chunk.length;
      const text = tail + chunk;
      for (const needle of needles) {
        const at = found.has(needle) ? -1 : text.indexOf(needle);
        if (at >= 0) found.set(needle, text.slice(Math.max(0, at - 200), at + needle.length + 100));
      }
      tail = text.slice(-4_000);
    };
    await this.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    if (size < 1_000_000) throw new Error(`a heap snapshot of ${size} characters is none`);
    return found;
  }

  /** What is reachable: heap and buffers, after a collection. */
  async heldBytes(): Promise<number> {
    await this.send("HeapProfiler.enable");
    await this.send("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize = 0 } = (await this.send("Runtime.getHeapUsage")) as {
      usedSize: number;
      backingStorageSize?: number;
    };
    return usedSize + backingStorageSize;
  }

  close(): void {
    this.#socket.close();
  }
}
