import { z } from "zod";
import { type Exchange, HttpError, readJson, sendJson } from "./http.ts";
import type { JobBoard } from "./job-board.ts";
import { jobSpecSchema } from "./job-spec.ts";
import { plainTrace } from "./plain-trace.ts";
import type { PollGate } from "./poll-gate.ts";

const pollsSchema = z.strictObject({ status: z.number().int().min(400).max(599).nullable() });

/** What a person at a terminal can do: `/admin/jobs`, `/admin/jobs/<id>/trace`, `/admin/jobs/<id>/cancel`, `/admin/polls`. */
export async function answerAdmin(exchange: Exchange, board: JobBoard, polls: PollGate): Promise<boolean> {
  const { request, response, url } = exchange;
  if (url.pathname === "/admin/polls") {
    await answerPolls(exchange, polls);
    return true;
  }
  const match = /^\/admin\/jobs(?:\/(\d+)\/(trace|cancel))?$/.exec(url.pathname);
  if (!match) return false;
  if (!match[1]) {
    if (request.method === "GET") sendJson(response, 200, board.records());
    else if (request.method === "POST") {
      const spec = jobSpecSchema.safeParse(await readJson(request));
      if (!spec.success) throw new HttpError(400, z.prettifyError(spec.error));
      sendJson(response, 201, board.enqueue(spec.data));
    } else throw new HttpError(405, "405 Method Not Allowed");
    return true;
  }
  const job = board.get(Number(match[1]));
  if (!job) throw new HttpError(404, `There is no job ${match[1]}.`);
  if (match[2] === "cancel" && request.method === "POST") {
    if (!board.cancel(job)) throw new HttpError(409, `Job ${job.record.id} has ended: ${job.record.state}.`);
    sendJson(response, 200, job.record);
  } else {
    response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
    response.end(plainTrace(board.trace(job.record.id).toString()));
  }
  return true;
}

async function answerPolls({ request, response }: Exchange, polls: PollGate): Promise<void> {
  if (request.method === "PUT") {
    const wanted = pollsSchema.safeParse(await readJson(request));
    if (!wanted.success) throw new HttpError(400, z.prettifyError(wanted.error));
    polls.set(wanted.data.status);
  } else if (request.method !== "GET") throw new HttpError(405, "405 Method Not Allowed");
  sendJson(response, 200, { status: polls.status });
}
