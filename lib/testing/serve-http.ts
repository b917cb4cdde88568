import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface TestServer {
  origin: string;
  stop(): Promise<void>;
}

/** A plain HTTP server on the loopback address that answers as the test says. `body`: of the request, whole. */
export async function serveHttp(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): Promise<TestServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, response, Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    stop: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  };
}
