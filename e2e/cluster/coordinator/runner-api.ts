import { randomBytes } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { z } from "zod";
import type { BlobStore } from "./blob-store.ts";
import { type Exchange, headerOf, HttpError, readBody, readJson, sendJson } from "./http.ts";
import { isLive, type QueuedJob } from "./job.ts";
import type { JobBoard } from "./job-board.ts";
import { jobPayload, type Commits } from "./payload.ts";
import type { PollGate } from "./poll-gate.ts";

/** Seconds between two pieces of a trace, as the runner is told. */
const TRACE_INTERVAL = "3";

const requestSchema = z.looseObject({ token: z.string().default(""), system_id: z.string().default("") });
const updateSchema = z.looseObject({
  token: z.string().optional(),
  state: z.enum(["running", "success", "failed"]),
  failure_reason: z.string().optional(),
  exit_code: z.number().int().optional(),
  output: z.looseObject({ checksum: z.string().optional(), bytesize: z.number().optional() }).optional(),
});

export interface RunnerApiNeeds {
  board: JobBoard;
  polls: PollGate;
  artifacts: BlobStore;
  commits: Commits;
  log: (text: string) => void;
}

/** GitLab's side of the runner protocol (gitlab-runner: network/gitlab.go; GitLab: lib/api/ci/runner.rb). */
export class RunnerApi {
  readonly #needs: RunnerApiNeeds;

  constructor(needs: RunnerApiNeeds) {
    this.#needs = needs;
  }

  /** Answers a call below `/api/v4/`; false when there is no such call. */
  async answer(exchange: Exchange): Promise<boolean> {
    const { request, response, url } = exchange;
    const call = `${request.method} ${url.pathname.replace(/^\/api\/v4\//, "")}`;
    const job = /^(GET|HEAD|POST|PUT|PATCH) jobs\/(\d+)(?:\/(trace|artifacts))?$/.exec(call);
    if (job) await this.#answerJob(exchange, `${job[1]} ${job[3] ?? "job"}`, Number(job[2]));
    else if (call === "POST jobs/request") await this.#requestJob(exchange);
    else if (call === "POST runners/verify" || call === "POST runners") {
      const { token } = requestSchema.parse(await readJson(request));
      const verify = call.endsWith("verify");
      sendJson(response, verify ? 200 : 201, {
        id: 1,
        token: verify ? token : `glrt-${randomBytes(10).toString("hex")}`,
        token_expires_at: null,
      });
    } else if (call === "DELETE runners" || call === "DELETE runners/managers") sendJson(response, 204);
    else return false;
    return true;
  }

  async #answerJob(exchange: Exchange, call: string, id: number): Promise<void> {
    if (call === "PUT job") return this.#update(exchange, id);
    if (call === "PATCH trace") return this.#trace(exchange, id);
    if (call === "POST artifacts") return this.#putArtifact(exchange, id);
    if (call === "GET artifacts" || call === "HEAD artifacts") return this.#getArtifact(exchange, id);
    throw new HttpError(405, "405 Method Not Allowed");
  }

  #jobOf(id: number, token: string): QueuedJob {
    const job = this.#needs.board.get(id);
    if (!job) throw new HttpError(404, "404 Job Not Found");
    if (token !== job.token) throw new HttpError(403, "403 Forbidden");
    return job;
  }

  /** 403 with the state is how a runner learns that a job is over (network/gitlab.go, `Job-Status`). */
  #liveJobOf(id: number, token: string): QueuedJob {
    const job = this.#jobOf(id, token);
    if (!isLive(job)) throw new HttpError(403, "Job is not running", { "Job-Status": job.record.state });
    return job;
  }

  async #requestJob({ request, response }: Exchange): Promise<void> {
    const { board, polls, commits, log } = this.#needs;
    const body = requestSchema.parse(await readJson(request));
    const refusal = polls.refuse();
    if (refusal !== null) throw new HttpError(refusal, `${refusal} ${STATUS_CODES[refusal] ?? "Refused"}`);
    const base = `http://${request.headers.host}`;
    const job = board.take(body.system_id, base);
    if (!job) return sendJson(response, 204);
    log(`job ${job.record.id} ${job.record.name}: taken by ${body.system_id}`);
    const dependencies = job.spec.dependencies.map((id) => board.get(id)).filter((one) => one !== null);
    sendJson(response, 201, jobPayload(job, { base, ...commits, waiting: board.waiting(), dependencies }));
  }

  async #update({ request, response }: Exchange, id: number): Promise<void> {
    const { board, log } = this.#needs;
    const body = updateSchema.parse(await readJson(request));
    const job = this.#liveJobOf(id, headerOf(request, "job-token") || (body.token ?? ""));
    if (body.state === "running") return sendJson(response, 200, {}, statusHeaders(job));
    const checksum = /^crc32:([0-9a-f]{8})$/.exec(body.output?.checksum ?? "")?.[1];
    const answer = board.end(job, {
      state: body.state,
      failureReason: body.failure_reason ?? null,
      exitCode: body.exit_code ?? null,
      trace: checksum === undefined ? null : { crc32: checksum, bytes: body.output?.bytesize ?? 0 },
    });
    if (answer === "resend-trace") throw new HttpError(412, "trace", statusHeaders(job));
    const { record } = job;
    log(`job ${id} ${record.name}: ${record.state} ${record.failure_reason ?? ""} ${record.exit_code ?? ""}`.trimEnd());
    sendJson(response, 200, {}, statusHeaders(job));
  }

  async #trace({ request, response }: Exchange, id: number): Promise<void> {
    const piece = await readBody(request);
    const job = this.#liveJobOf(id, headerOf(request, "job-token"));
    const { kind, bytes } = this.#needs.board.append(job, Number.parseInt(headerOf(request, "content-range"), 10), piece);
    sendJson(response, kind === "accepted" ? 202 : 416, { message: kind }, { Range: `0-${bytes}`, ...statusHeaders(job) });
  }

  async #putArtifact({ request, response, url }: Exchange, id: number): Promise<void> {
    const job = this.#jobOf(id, headerOf(request, "job-token"));
    const form = await new Response(new Uint8Array(await readBody(request)), {
      headers: { "content-type": headerOf(request, "content-type") },
    }).formData();
    const file = [...form.values()].find((value) => typeof value !== "string");
    if (!file) throw new HttpError(400, "There is no file in the form.");
    const content = Buffer.from(await file.arrayBuffer());
    const type = url.searchParams.get("artifact_type") || "archive";
    const kept = this.#needs.artifacts.write(`${id}-${type}`, content);
    this.#needs.board.addArtifact(job, { type, filename: file.name, size: content.length, file: kept });
    sendJson(response, 201, {});
  }

  async #getArtifact(exchange: Exchange, id: number): Promise<void> {
    const { board, artifacts } = this.#needs;
    if (!board.byToken(headerOf(exchange.request, "job-token"))) throw new HttpError(403, "403 Forbidden");
    const archive = board.get(id)?.record.artifacts.find((artifact) => artifact.type === "archive");
    if (!archive) throw new HttpError(404, "404 Not Found");
    await artifacts.send(exchange, archive.file);
  }
}

const statusHeaders = (job: QueuedJob) => ({ "Job-Status": job.record.state, "X-GitLab-Trace-Update-Interval": TRACE_INTERVAL });
