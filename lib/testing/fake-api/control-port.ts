import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Fault, Faults } from "./faults.ts";
import type { RequestLog } from "./request-log.ts";

export interface ControlPort {
  url: string;
  close(): Promise<void>;
}

/** Plain HTTP on the loopback address, so that another process can order faults and read the request log. */
export async function openControlPort(faults: Faults, requests: RequestLog): Promise<ControlPort> {
  const server = createServer((request, response) => void answer(request, response, faults, requests));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, faults: Faults, requests: RequestLog): Promise<void> {
  const send = (code: number, body: unknown) => {
    response.writeHead(code, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  if (request.url === "/_control/requests") return send(200, requests.all());
  if (request.url !== "/_control/faults")
    return send(404, { error: "known: /_control/faults (GET, POST, DELETE), /_control/requests (GET)" });
  if (request.method === "POST") {
    try {
      let text = "";
      for await (const chunk of request) text += String(chunk);
      const body = JSON.parse(text) as Fault | Fault[];
      for (const fault of [body].flat()) faults.add(fault);
    } catch (error) {
      return send(400, { error: String(error) });
    }
  }
  if (request.method === "DELETE") faults.clear();
  send(200, faults.list());
}
