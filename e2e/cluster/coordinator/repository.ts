import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { run } from "../bed/command.ts";
import type { Commits } from "./payload.ts";

const IDENTITY = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Dev",
  GIT_AUTHOR_EMAIL: "dev@example.test",
  GIT_COMMITTER_NAME: "Dev",
  GIT_COMMITTER_EMAIL: "dev@example.test",
};

/** A small repository that every project path leads to. */
export class Repository {
  readonly commits: Commits;
  readonly #root: string;

  private constructor(root: string, commits: Commits) {
    this.#root = root;
    this.commits = commits;
  }

  static async create(root: string): Promise<Repository> {
    const work = path.join(root, "work");
    const bare = path.join(root, "sample.git");
    mkdirSync(work, { recursive: true });
    const git = async (cwd: string, ...args: string[]) => (await run("git", args, { cwd, env: { ...process.env, ...IDENTITY } })).trim();
    await git(work, "init", "-q", "-b", "main");
    writeFileSync(path.join(work, "README.md"), "# Sample\n\nA small project that the test jobs clone.\n");
    await git(work, "add", ".");
    await git(work, "commit", "-q", "-m", "First commit");
    writeFileSync(path.join(work, "hello.sh"), '#!/bin/sh\necho "Hello from the repository, ${1:-world}"\n', { mode: 0o755 });
    writeFileSync(path.join(work, "data.txt"), Array.from({ length: 200 }, (_, line) => `line ${line + 1}\n`).join(""));
    await git(work, "add", ".");
    await git(work, "commit", "-q", "-m", "Add a script and some data");
    await git(work, "clone", "-q", "--bare", work, bare);
    rmSync(work, { recursive: true });
    return new Repository(root, { head: await git(bare, "rev-parse", "main"), before: await git(bare, "rev-parse", "main~1") });
  }

  /** Answers a request of git over HTTP with git's own CGI (git-http-backend(1)). `rest`: what follows `.git` in the path. */
  serve(request: IncomingMessage, response: ServerResponse, rest: string, query: string): void {
    const header = (name: string) => String(request.headers[name] ?? "");
    const environment: Record<string, string | undefined> = {
      PATH: process.env["PATH"],
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      GIT_PROJECT_ROOT: this.#root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `/sample.git${rest}`,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: header("content-type"),
      CONTENT_LENGTH: header("content-length"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
      REMOTE_ADDR: request.socket.remoteAddress,
      SERVER_PROTOCOL: "HTTP/1.1",
    };
    const cgi = spawn("git", ["http-backend"], { env: environment as NodeJS.ProcessEnv, stdio: ["pipe", "pipe", "ignore"] });
    cgi.stdin.on("error", () => {});
    request.pipe(cgi.stdin);
    let head = Buffer.alloc(0);
    cgi.stdout.on("data", function read(chunk: Buffer) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      cgi.stdout.off("data", read);
      writeCgiHead(response, head.subarray(0, end).toString("latin1"));
      response.write(head.subarray(end + 4));
      cgi.stdout.pipe(response);
    });
    const fail = () => {
      if (!response.headersSent) response.writeHead(500).end();
    };
    cgi.on("error", fail);
    cgi.on("close", fail);
    response.on("close", () => cgi.kill());
  }
}

function writeCgiHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split("\r\n")) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (!name || value === undefined) continue;
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
