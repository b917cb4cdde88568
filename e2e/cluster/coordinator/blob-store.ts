import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { type Exchange, HttpError, sendJson } from "./http.ts";

/** Files under names that others choose: artifacts, and the objects of the runners' cache (S3, path style; signatures are not looked at). */
export class BlobStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true });
  }

  #file(key: string): string {
    return path.join(this.#root, encodeURIComponent(key).slice(-200));
  }

  /** Returns where it is kept. */
  write(key: string, content: Buffer): string {
    const file = this.#file(key);
    writeFileSync(file, content);
    return file;
  }

  async answer({ request, response }: Exchange, key: string): Promise<void> {
    const file = this.#file(key);
    if (request.method === "PUT") {
      await pipeline(request, createWriteStream(`${file}.new`));
      renameSync(`${file}.new`, file);
      return sendJson(response, 200, {}, { ETag: '"bed"' });
    }
    if (!existsSync(file)) throw new HttpError(404, "There is no such object.");
    return this.send({ request, response }, file);
  }

  async send({ request, response }: Pick<Exchange, "request" | "response">, file: string): Promise<void> {
    const { size, mtime } = statSync(file);
    response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": size, "Last-Modified": mtime.toUTCString() });
    if (request.method === "HEAD") return void response.end();
    await pipeline(createReadStream(file), response);
  }
}
