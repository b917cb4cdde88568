import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { ZodError } from "zod";
import { answerAdmin } from "./admin-api.ts";
import { BlobStore } from "./blob-store.ts";
import { type Exchange, HttpError, readBody, sendJson } from "./http.ts";
import { JobBoard } from "./job-board.ts";
import { PollGate } from "./poll-gate.ts";
import { Repository } from "./repository.ts";
import { RunnerApi } from "./runner-api.ts";

export interface Coordinator {
  /** Where runners, job pods and the command line reach it. */
  url: string;
  board: JobBoard;
  polls: PollGate;
  stop(): Promise<void>;
}

export interface CoordinatorOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Folder for the repository, artifacts and cache objects. */
  folder: string;
  log: (text: string) => void;
}

/** Stands in for GitLab: hands jobs to runners, takes traces and artifacts, serves the repository and the runners' cache. */
export async function startCoordinator({ host, port, folder, log }: CoordinatorOptions): Promise<Coordinator> {
  const board = new JobBoard();
  const polls = new PollGate();
  const repository = await Repository.create(path.join(folder, "git"));
  const cache = new BlobStore(path.join(folder, "cache"));
  const runners = new RunnerApi({
    board,
    polls,
    artifacts: new BlobStore(path.join(folder, "artifacts")),
    commits: repository.commits,
    log,
  });

  async function route(exchange: Exchange): Promise<void> {
    const { request, response, url } = exchange;
    const git = /^\/.+?\.git(\/.*)$/.exec(url.pathname);
    if (git) return repository.serve(request, response, git[1] ?? "", url.search.slice(1));
    const object = /^\/cache\/(.+)$/.exec(url.pathname);
    if (object) return cache.answer(exchange, decodeURIComponent(object[1] ?? ""));
    if (url.pathname.startsWith("/api/v4/") && (await runners.answer(exchange))) return;
    if (await answerAdmin(exchange, board, polls)) return;
    await readBody(request);
    throw new HttpError(404, "404 Not Found");
  }

  const server = createServer((request, response) => {
    const exchange = { request, response, url: new URL(request.url ?? "/", "http://coordinator") };
    const requestId = request.headers["x-request-id"];
    if (typeof requestId === "string") response.setHeader("X-Request-Id", requestId);
    route(exchange).catch((error: unknown) => answerError(exchange, error, log));
  });
  server.requestTimeout = 0; // an upload may take long
  await new Promise<void>((resolve, reject) => void server.once("error", reject).listen(port, host, resolve));
  const address = server.address();
  return {
    url: `http://${host}:${address && typeof address === "object" ? address.port : port}`,
    board,
    polls,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerError(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  error: unknown,
  log: (text: string) => void,
): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  if (error instanceof HttpError) return sendJson(response, error.status, { message: error.message }, error.headers);
  if (error instanceof ZodError) return sendJson(response, 400, { message: error.message });
  log(`coordinator: ${request.method} ${request.url}: ${error instanceof Error ? error.message : String(error)}`);
  sendJson(response, 500, { message: "500 Internal Server Error" });
}
