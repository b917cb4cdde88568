import { once } from "node:events";
import { createServer, type Server } from "node:http";

const E = "\u001b";

/** A GitLab that knows nothing but traces. What it sends is made while it is sent, so that a large one costs this process nothing. */
export class TraceServer {
  /** By job number: pieces of the trace as it is now. */
  readonly traces = new Map<string, () => Iterable<string>>();
  /** How often each trace was asked for. */
  readonly asked = new Map<string, number>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const id = /\/jobs\/(\d+)\/trace$/.exec(new URL(request.url ?? "/", "http://localhost").pathname)?.[1];
      const trace = id === undefined ? undefined : this.traces.get(id);
      if (id === undefined || trace === undefined) {
        response.writeHead(404, { "content-type": "application/json" }).end('{"message":"404 Not Found"}');
        return;
      }
      this.asked.set(id, (this.asked.get(id) ?? 0) + 1);
      response.writeHead(200, { "content-type": "text/plain" });
      const closed = once(response, "close");
      void (async () => {
        for (const piece of trace()) {
          if (response.destroyed) return;
          if (!response.write(piece)) await Promise.race([once(response, "drain"), closed]);
        }
        response.end();
      })();
    });
  }

  static async start(): Promise<TraceServer> {
    const server = new TraceServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Lines that would do harm if anything of them were more than text. */
const HOSTILE = [
  `<img src=x onerror="window.__broken='img'"><script>window.__broken='script'</script>`,
  `${E}]0;a title${E}\\${E}]8;;javascript:window.__broken='link'${E}\\click me${E}]8;;${E}\\`,
  `${E}[2J${E}[1;1H${E}[?1049h${E}[31;1mred${E}[0m ${E}[38;2;1;2;3mdark${E}[0m ${E}[7minverse`,
  `\u202Egnp.exe\u0000\u0007 \u009b31m [label](javascript:alert(1)) \`code\``,
  `${"1%\r10%\r".repeat(20)}100%`,
  `${E}[${"9;".repeat(400)}1mmany codes`,
  "x".repeat(9_000),
];

/** A trace of at least this many bytes with 1,000 sections, hostile in each; `marker` stands in one line of section 500. */
export function* largeTrace(bytes: number, marker: string): Generator<string> {
  const begin = Date.UTC(2026, 2, 1, 12) / 1_000;
  const stamp = (second: number) => `${new Date((begin + second) * 1_000).toISOString().slice(0, 19)}.000000Z`;
  const perSection = bytes / 1_000;
  let line = 0;
  for (let section = 0; section < 1_000; section++) {
    const at = stamp(section);
    let text = `${at} 00O section_start:${begin + section}:part_${section}[collapsed=${section % 2 === 0}]\r${E}[0K\n${at} 00O+${E}[36;1mPart ${section}${E}[0m\n`;
    let size = text.length;
    for (let index = 0; size < perSection; index++) {
      line += 1;
      const hostile = index < HOSTILE.length ? (HOSTILE[index] ?? "") : "";
      const words =
        section === 500 && index === 10
          ? marker
          : `compiling module ${(line * 7_919) % 100_003} of the application ${"·".repeat(line % 40)}`;
      const one = `${at} 01O ${hostile === "" ? words : hostile}\n`;
      size += one.length;
      text += one;
      if (text.length > 65_536) {
        yield text;
        text = "";
      }
    }
    yield `${text}${at} 00O section_end:${begin + section + 1}:part_${section}\r${E}[0K\n`;
  }
}
