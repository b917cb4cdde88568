import { AccessControl, type FakeUser } from "./access-control.ts";
import { RequestAnswer } from "./request-answer.ts";
import { sharedAuthority, type CertificateAuthority } from "./certificate-authority.ts";
import { ConnectionGate } from "./connection-gate.ts";
import { openControlPort, type ControlPort } from "./control-port.ts";
import type { ServerVersion } from "./discovery.ts";
import { Faults } from "./faults.ts";
import type { ResourceName } from "./kube-object.ts";
import { execCredential, kubeconfigText, writePrivate, type Credentials } from "./kubeconfig-file.ts";
import { ObjectStore } from "./object-store.ts";
import { PodLogs } from "./pod-logs.ts";
import { RequestLog } from "./request-log.ts";
import type { WatchSession } from "./watch-session.ts";

export interface FakeApiOptions {
  /** "expired" and "future": the server's certificate is not valid now. "none": plain HTTP. Default "valid". */
  tls?: "valid" | "expired" | "future" | "none";
  /** 0 (default): any free port. */
  port?: number;
  /** How often watches that asked for it get a bookmark; the real server's 60 s by default. */
  bookmarkIntervalMs?: number;
  /** How many events the history holds. */
  window?: number;
  /** False: a server without WatchList (1.33), which refuses `sendInitialEvents`. Default true. */
  watchList?: boolean;
  version?: Partial<ServerVersion>;
  /** Opens the control port for other processes. */
  control?: boolean;
}

export interface KubeconfigOptions {
  /** Default "admin", who may do everything. */
  user?: string;
  /** Context and cluster name; default "fake". */
  context?: string;
  namespace?: string;
}

export interface KubeconfigFileOptions extends KubeconfigOptions {
  auth?: "token" | "token-file" | "certificate" | "exec";
  /** How long an exec plugin's token says it is valid; default an hour. */
  execValidMs?: number;
}

/** A Kubernetes API server on the real wire, as far as a read-only client sees it, that can misbehave on demand. */
export class FakeApiServer {
  readonly store: ObjectStore;
  readonly faults = new Faults();
  readonly requests = new RequestLog();
  readonly access = new AccessControl();
  readonly logs = new PodLogs();
  readonly authority: CertificateAuthority;
  readonly #gate: ConnectionGate;
  readonly #sessions = new Set<WatchSession>();
  readonly #secure: boolean;
  readonly #stops: (() => void)[];
  #control: ControlPort | null = null;
  #certificate: "now" | "expired" | "future" = "now";

  private constructor(options: FakeApiOptions, authority: CertificateAuthority, tls: { cert: string; key: string; ca: string } | null) {
    this.authority = authority;
    this.#secure = tls !== null;
    const now = () => Date.now() + this.faults.skewMs;
    this.store = new ObjectStore({ now, ...(options.window === undefined ? {} : { window: options.window }) });
    this.access.set("admin", "all");
    const answer = new RequestAnswer({
      store: this.store,
      faults: this.faults,
      requests: this.requests,
      access: this.access,
      logs: this.logs,
      sessions: this.#sessions,
      now,
      reset: (address) => this.#gate.reset(address),
      watchList: options.watchList ?? true,
      version: { major: "1", minor: "34", gitVersion: "v1.34.4", ...options.version },
    });
    this.#gate = new ConnectionGate({
      tls,
      port: options.port ?? 0,
      host: "127.0.0.1",
      idleMs: 60_000,
      faults: this.faults,
      listener: (request, response) => void answer.respond(request, response),
    });
    const bookmarks = setInterval(() => this.sendBookmarks(), options.bookmarkIntervalMs ?? 60_000);
    bookmarks.unref();
    this.#stops = [
      this.store.subscribe((event) => {
        for (const session of this.#sessions) session.deliver(event);
      }),
      this.faults.onAdd(() => {
        for (const session of this.#sessions) session.misbehave();
      }),
      () => clearInterval(bookmarks),
    ];
  }

  static async start(options: FakeApiOptions = {}): Promise<FakeApiServer> {
    const authority = await sharedAuthority();
    const { tls = "valid" } = options;
    const validity = tls === "valid" ? "now" : tls;
    const issued = validity === "none" ? null : await authority.issue({ commonName: "kube-apiserver", server: true, validity });
    const server = new FakeApiServer(
      options,
      authority,
      issued && { cert: issued.certificate, key: issued.key, ca: authority.certificate },
    );
    if (validity !== "none") server.#certificate = validity;
    await server.#gate.open();
    if (options.control) server.#control = await openControlPort(server.faults, server.requests);
    return server;
  }

  /** Whether its certificate is valid now, was or will be. */
  get certificate(): "now" | "expired" | "future" {
    return this.#certificate;
  }

  /** Another certificate of the same authority, and all connections made anew. Nothing happens without TLS. */
  async exchangeCertificate(validity: "now" | "expired" | "future"): Promise<void> {
    if (!this.#secure) return;
    const issued = await this.authority.issue({ commonName: "kube-apiserver", server: true, validity });
    this.#certificate = validity;
    this.#gate.setCertificate({ cert: issued.certificate, key: issued.key, ca: this.authority.certificate });
    this.#sessions.clear();
  }

  get url(): string {
    return `${this.#secure ? "https" : "http"}://127.0.0.1:${this.#gate.port}`;
  }

  /** null without `control`. */
  get controlUrl(): string | null {
    return this.#control?.url ?? null;
  }

  /** How many TCP connections are open. */
  get connections(): number {
    return this.#gate.connections;
  }

  openWatches(resource?: ResourceName): number {
    return [...this.#sessions].filter((session) => resource === undefined || session.resource === resource).length;
  }

  /** A bookmark for every watch that asked for them, now. */
  sendBookmarks(): void {
    for (const session of this.#sessions) session.bookmark(this.store.revision);
  }

  /** A user with these rights; replaces the rights of one that is there. Open watches go on, as at the real server. */
  setUser(name: string, rules: FakeUser["rules"]): FakeUser {
    return this.access.set(name, rules);
  }

  /** The text of a kubeconfig with the user's token of now. */
  kubeconfig(options: KubeconfigOptions = {}): string {
    const { user = "admin" } = options;
    return this.#text(options, { kind: "token", token: this.access.get(user).token });
  }

  /** Writes a kubeconfig (and what it names) into `folder`; returns its path. */
  async writeKubeconfig(folder: string, options: KubeconfigFileOptions = {}): Promise<string> {
    const { user = "admin", auth = "token", context = "fake" } = options;
    return writePrivate(
      folder,
      `${context}.kubeconfig`,
      this.#text(options, await this.#credentials(folder, user, auth, options.execValidMs)),
    );
  }

  /** A new token for the user, also into the files that `writeKubeconfig` made in `folder` for `token-file` and `exec`. The old one gives 401 from now on. */
  async rotateToken(user = "admin", folder?: string): Promise<string> {
    const token = this.access.rotateToken(user);
    if (folder !== undefined) await this.#writeTokens(folder, user, token);
    return token;
  }

  /** Dead: connections are reset and refused, until `resume` listens on the same port again. Objects stay. */
  async pause(): Promise<void> {
    await this.#gate.close();
    this.#sessions.clear();
  }

  async resume(): Promise<void> {
    await this.#gate.open();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.pause();
    await this.#control?.close();
  }

  #text({ user = "admin", context = "fake", namespace }: KubeconfigOptions, credentials: Credentials): string {
    return kubeconfigText({
      server: this.url,
      ca: this.#secure ? this.authority.certificate : null,
      context,
      user,
      namespace,
      credentials,
    });
  }

  async #credentials(
    folder: string,
    user: string,
    auth: NonNullable<KubeconfigFileOptions["auth"]>,
    validMs = 3_600_000,
  ): Promise<Credentials> {
    const { token } = this.access.get(user);
    if (auth === "token") return { kind: "token", token };
    if (auth === "certificate") {
      return {
        kind: "certificate",
        issued: await this.authority.issue({ commonName: user, organization: "system:authenticated", server: false }),
      };
    }
    await this.#writeTokens(folder, user, token, validMs);
    return auth === "token-file"
      ? { kind: "token-file", file: `${folder}/${user}.token` }
      : { kind: "exec", file: `${folder}/${user}.credential.json` };
  }

  async #writeTokens(folder: string, user: string, token: string, validMs = 3_600_000): Promise<void> {
    await writePrivate(folder, `${user}.token`, token);
    await writePrivate(folder, `${user}.credential.json`, execCredential(token, validMs));
  }
}
