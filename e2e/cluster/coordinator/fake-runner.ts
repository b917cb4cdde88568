import { crc32 } from "node:zlib";

interface Given {
  id: number;
  token: string;
  variables: { key: string; value: string }[];
  [field: string]: unknown;
}

/** The runner's side of the protocol, as far as a test needs it: what `network/gitlab.go` sends, call by call. */
export class FakeRunner {
  readonly #api: string;
  readonly #systemId: string;

  constructor(url: string, systemId = "r_test") {
    this.#api = `${url}/api/v4`;
    this.#systemId = systemId;
  }

  #send(method: string, path: string, body: BodyInit | null, headers: Record<string, string>): Promise<Response> {
    return fetch(`${this.#api}/${path}`, { method, body, headers });
  }

  /** null: there is no job (204). */
  async request(): Promise<Given | null> {
    const body = JSON.stringify({
      token: "glrt-test",
      system_id: this.#systemId,
      info: { name: "gitlab-runner", executor: "kubernetes", features: {} },
    });
    const response = await this.#send("POST", "jobs/request", body, { "runner-token": "glrt-test", "content-type": "application/json" });
    return response.status === 204 ? null : ((await response.json()) as Given);
  }

  update(job: Given, state: "running" | "success" | "failed", more: object = {}): Promise<Response> {
    return this.#send("PUT", `jobs/${job.id}`, JSON.stringify({ token: job.token, state, ...more }), { "job-token": job.token });
  }

  /** The end of a job, with the checksum of the whole trace. */
  finish(job: Given, state: "success" | "failed", trace: string, more: object = {}): Promise<Response> {
    const checksum = `crc32:${crc32(trace).toString(16).padStart(8, "0")}`;
    return this.update(job, state, { output: { checksum, bytesize: Buffer.byteLength(trace) }, ...more });
  }

  trace(job: Given, from: number, text: string, token = job.token): Promise<Response> {
    const range = `${from}-${from + Buffer.byteLength(text) - 1}`;
    return this.#send("PATCH", `jobs/${job.id}/trace?debug_trace=false`, text, {
      "job-token": token,
      "content-range": range,
      "content-type": "text/plain",
    });
  }

  upload(job: Given, name: string, content: string): Promise<Response> {
    const form = new FormData();
    form.set("file", new Blob([content]), name);
    return this.#send("POST", `jobs/${job.id}/artifacts?artifact_type=archive&artifact_format=zip`, form, { "job-token": job.token });
  }

  download(id: number, token: string): Promise<Response> {
    return this.#send("GET", `jobs/${id}/artifacts`, null, { "job-token": token });
  }
}
