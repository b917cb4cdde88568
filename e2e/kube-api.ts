import { readFileSync } from "node:fs";
import https from "node:https";

/** How the bench talks to the API server: as the bed's administrator, with its client certificate. */
export interface AdminAccess {
  server: string;
  ca: string;
  certificate: string;
  key: string;
}

/** Reads the administrator's client certificate from a kubeconfig written by the bed (JSON or one-line YAML values). */
export function readAdmin(kubeconfig: string): AdminAccess {
  const text = readFileSync(kubeconfig, "utf8");
  const field = (name: string) => new RegExp(`"?${name}"?:\\s*"?([^"\\s,}]+)`).exec(text)?.[1];
  const file = (name: string) => {
    const data = field(`${name}-data`);
    if (data) return Buffer.from(data, "base64").toString();
    const path = field(name);
    if (!path) throw new Error(`${kubeconfig}: field "${name}" is missing`);
    return readFileSync(path, "utf8");
  };
  return {
    server: field("server") ?? "",
    ca: file("certificate-authority"),
    certificate: file("client-certificate"),
    key: file("client-key"),
  };
}

export class KubeApi {
  readonly #agent: https.Agent;
  readonly #access: AdminAccess;

  constructor(access: AdminAccess) {
    this.#access = access;
    this.#agent = new https.Agent({ keepAlive: true, ca: access.ca, cert: access.certificate, key: access.key, maxSockets: 16 });
  }

  /** One request; resolves with the body. Throws on a status of 300 or more. */
  call(method: string, path: string, body?: unknown, type = "application/json"): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = https.request(
        `${this.#access.server}${path}`,
        { method, agent: this.#agent, headers: { "content-type": type } },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (text += chunk));
          response.on("end", () =>
            (response.statusCode ?? 500) < 300
              ? resolve(text)
              : reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`)),
          );
        },
      );
      request.on("error", reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** A raw watch, as lean as it gets: `onLine` is called with each line and the time it arrived (ms since the epoch). */
  watch(path: string, onLine: (line: string, at: number) => void): () => void {
    const request = https.request(
      `${this.#access.server}${path}`,
      { agent: new https.Agent({ ca: this.#access.ca, cert: this.#access.certificate, key: this.#access.key }) },
      (response) => {
        let rest = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          const at = performance.timeOrigin + performance.now();
          const lines = (rest + chunk).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) onLine(line, at);
        });
      },
    );
    request.on("error", () => {});
    request.end();
    return () => request.destroy();
  }

  close(): void {
    this.#agent.destroy();
  }
}
