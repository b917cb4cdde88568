import "server-only";
import { execFile } from "node:child_process";
import path from "node:path";
import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { scrubText } from "../../base/scrub-text.ts";
import { AccessError } from "./cluster-access.ts";
import type { ExecEntry } from "./kubeconfig-file.ts";

/** A plugin that needs longer waits for a person or for a network that is gone. */
const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** Renewed this long before it expires, or after nine tenths of a short life. */
const LEEWAY_MS = 60_000;

/** client.authentication.k8s.io/v1 ExecCredential. */
const credentialSchema = z.object({
  kind: z.literal("ExecCredential"),
  status: z.object({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.string().nullish(),
  }),
});

interface Credential {
  token: string | null;
  cert: Buffer | null;
  key: Buffer | null;
}

interface ExecOptions {
  exec: ExecEntry;
  /** Relative commands start here. */
  directory: string;
  /** For `provideClusterInfo`; null: not asked for. */
  cluster: Record<string, unknown> | null;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
}

/** Runs an exec plugin: one run at a time for all callers, kept until shortly before it expires. */
export class ExecCredential {
  readonly #options: ExecOptions;
  #current: { credential: Credential; renewAt: number } | null = null;
  #running: Promise<Credential> | null = null;

  constructor(options: ExecOptions) {
    this.#options = options;
  }

  /** Throws AccessError. A failure is not kept: the next call runs the plugin again. */
  async read(): Promise<Credential> {
    if (this.#current !== null && this.#options.clock.now() < this.#current.renewAt) return this.#current.credential;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** The next read runs the plugin; a run that is under way is new enough. */
  drop(): void {
    this.#current = null;
  }

  async #run(): Promise<Credential> {
    const { exec, clock } = this.#options;
    const title = `exec.command "${exec.command}"`;
    if (exec.interactiveMode === "Always") {
      throw new AccessError(`${title}: interactiveMode is Always, but there is no terminal here. Use a plugin that needs no person.`);
    }
    const result = credentialSchema.safeParse(parseJson(await this.#output(title)));
    if (!result.success) throw new AccessError(`${title}: its output is not an ExecCredential. Run it by hand and check what it prints.`);
    const { token, clientCertificateData, clientKeyData, expirationTimestamp } = result.data.status;
    const hasCert = Boolean(clientCertificateData) && Boolean(clientKeyData);
    if (!token && !hasCert) throw new AccessError(`${title}: its ExecCredential holds neither a token nor a client certificate with key.`);
    const now = clock.now();
    const expiresAt = expirationTimestamp ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY;
    if (Number.isNaN(expiresAt)) throw new AccessError(`${title}: its expirationTimestamp is not a time.`);
    if (expiresAt <= now)
      throw new AccessError(`${title}: its credential has already expired. Check the clock of this machine and the plugin's cache.`);
    const credential = {
      token: token || null,
      cert: hasCert && clientCertificateData ? Buffer.from(clientCertificateData) : null,
      key: hasCert && clientKeyData ? Buffer.from(clientKeyData) : null,
    };
    this.#current = { credential, renewAt: expiresAt - Math.min(LEEWAY_MS, (expiresAt - now) / 10) };
    return credential;
  }

  #output(title: string): Promise<string> {
    const { exec, directory, cluster, env } = this.#options;
    const info = {
      apiVersion: exec.apiVersion ?? "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      spec: { interactive: false, ...(cluster === null ? {} : { cluster }) },
    };
    const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
    const options = {
      env: { NODE_ENV: process.env.NODE_ENV, ...env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
      killSignal: "SIGKILL" as const,
      windowsHide: true,
    };
    return new Promise((resolve, reject) => {
      const child = execFile(resolveCommand(exec.command, directory), exec.args ?? [], options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new AccessError(`${title}: ${reasonOf(error, stderr, exec.installHint)}`));
      });
      child.stdin?.end();
    });
  }
}

/** client-go: a bare name is looked up in PATH, a relative path starts at the kubeconfig. */
function resolveCommand(command: string, directory: string): string {
  return command.includes("/") ? path.resolve(directory, command) : command;
}

/** `error.message` of execFile repeats the command line and stderr, so it is not used. */
function reasonOf(error: Error & { code?: unknown; killed?: boolean }, stderr: string, installHint: string | undefined): string {
  if (error.code === "ENOENT") {
    const hint = installHint === undefined ? "Install it where Runnerscope runs, or give its full path." : scrubText(installHint, 200);
    return `there is no such program. ${hint}`;
  }
  if (error.code === "EACCES") return "may not be executed. Check the rights of the file.";
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return "printed more than 1 MiB. Run it by hand and check what it prints.";
  if (error.killed === true) return `gave no answer in ${TIMEOUT_MS / 1000} s. Run it by hand: it may wait for a login.`;
  const said = redact(stderr);
  return `ended with ${typeof error.code === "number" ? `code ${error.code}` : "a signal"}${said === "" ? "" : `: ${said}`}. Run it by hand to see why.`;
}

/** What a plugin says on stderr, without anything that is as long as a token. */
function redact(stderr: string): string {
  return scrubText(stderr.trim().replace(/[\w.~+=-]{24,}/g, "[removed]"), 200).replace(/\.$/, "");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
