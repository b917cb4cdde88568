import "server-only";
import { createHash } from "node:crypto";
import { accessSync, constants } from "node:fs";
import type { RequestOptions } from "node:https";
import path from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Clock } from "../../base/clock.ts";
import { scrubText } from "../../base/scrub-text.ts";
import { AccessError, type ClusterAccess, type Connection } from "./cluster-access.ts";
import { ExecCredential } from "./exec-credential.ts";
import { FileContent, unreadable } from "./file-content.ts";
import { findProxy } from "./find-proxy.ts";
import type { ContextEntry, UserEntry } from "./kubeconfig-file.ts";

interface AccessOptions {
  key: string;
  context: ContextEntry;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
}

/** A PEM out of the kubeconfig: written in it or in a file. */
type Pem = { field: string; data: Buffer } | { field: string; file: FileContent };

/** One context of a kubeconfig. Files and plugin are read when they are needed, so what is repaired later works later. */
export class ContextAccess implements ClusterAccess {
  readonly key: string;
  readonly name: string;
  readonly server: string;
  readonly namespace: string | null;
  readonly #context: ContextEntry;
  readonly #proxy: string | null;
  readonly #ca: Pem | null;
  readonly #cert: Pem | null;
  readonly #keyPem: Pem | null;
  readonly #tokenFile: FileContent | null;
  readonly #exec: ExecCredential | null;
  #legacy: KubeConfig | null = null;
  #connection: Connection | null = null;

  /** Throws AccessError for what can never work: a proxy that is none, data that is not PEM, half a key pair. */
  constructor({ key, context, env, clock }: AccessOptions) {
    const { cluster, user, clusterDirectory, userDirectory } = context;
    this.key = key;
    this.name = context.name;
    this.server = cluster.server.replace(/\/+$/, "");
    this.namespace = context.namespace ?? null;
    this.#context = context;
    this.#proxy = findProxy(cluster.server, cluster["proxy-url"], env);
    const pem = (field: string, data: string | undefined, file: string | undefined, directory: string): Pem | null => {
      // client-go: data wins over the file.
      if (data !== undefined) return { field: `${field}-data`, data: checkPem(`${field}-data`, Buffer.from(data, "base64")) };
      return file === undefined ? null : { field, file: new FileContent(field, path.resolve(directory, file), clock) };
    };
    this.#ca = cluster["insecure-skip-tls-verify"]
      ? null
      : pem("certificate-authority", cluster["certificate-authority-data"], cluster["certificate-authority"], clusterDirectory);
    this.#cert = pem("client-certificate", user["client-certificate-data"], user["client-certificate"], userDirectory);
    this.#keyPem = pem("client-key", user["client-key-data"], user["client-key"], userDirectory);
    if ((this.#cert === null) !== (this.#keyPem === null)) {
      throw new AccessError(`user "${context.userName}": client-certificate and client-key belong together, one is missing. Add it.`);
    }
    checkImpersonation(user);
    this.#tokenFile =
      user.tokenFile === undefined ? null : new FileContent("tokenFile", path.resolve(userDirectory, user.tokenFile), clock);
    this.#exec =
      user.exec == null
        ? null
        : new ExecCredential({ exec: user.exec, directory: userDirectory, cluster: clusterInfo(context), env, clock });
  }

  async connection(): Promise<Connection> {
    const { cluster } = this.#context;
    const fromExec = this.#exec === null ? null : await this.#exec.read();
    const ca = await readPem(this.#ca);
    const cert = fromExec?.cert ?? (await readPem(this.#cert));
    const key = fromExec?.key ?? (await readPem(this.#keyPem));
    const last = this.#connection;
    if (last !== null && last.ca === ca && last.cert === cert && last.key === key) return last;
    const hash = createHash("sha256");
    for (const part of [ca, cert, key]) hash.update(`${part?.length ?? -1}:`).update(part ?? "");
    this.#connection = {
      version: hash.digest("base64url").slice(0, 16),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(cluster["tls-server-name"] === undefined ? {} : { servername: cluster["tls-server-name"] }),
      rejectUnauthorized: !cluster["insecure-skip-tls-verify"],
      proxy: this.#proxy,
    };
    return this.#connection;
  }

  async authorize(options: { fresh?: boolean } = {}): Promise<Record<string, string>> {
    if (options.fresh === true) this.#drop();
    const { user } = this.#context;
    const headers: Record<string, string> = {};
    const authorization = await this.#authorization(user);
    if (authorization !== null) headers["authorization"] = authorization;
    if (user.as !== undefined) headers["impersonate-user"] = user.as;
    if (user["as-uid"] !== undefined) headers["impersonate-uid"] = user["as-uid"];
    const [group] = user["as-groups"] ?? [];
    if (group !== undefined) headers["impersonate-group"] = group;
    return headers;
  }

  async #authorization(user: UserEntry): Promise<string | null> {
    if (this.#exec !== null) {
      const { token } = await this.#exec.read();
      return token === null ? null : bearer("exec", token);
    }
    // client-go: tokenFile wins over token.
    if (this.#tokenFile !== null) return bearer("tokenFile", (await this.#tokenFile.read()).toString("utf8"));
    if (user.token !== undefined) return bearer("token", user.token);
    if (user.username !== undefined) return `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
    return user["auth-provider"] == null ? null : this.#fromAuthProvider(user["auth-provider"]);
  }

  /** The old `auth-provider` (oidc; kubectl dropped the others in 1.26) is left to client-node, which renews and keeps the token. Loaded only here: it takes 80 MB. */
  async #fromAuthProvider(authProvider: { name: string; config?: Record<string, unknown> | null | undefined }): Promise<string> {
    const field = `auth-provider "${authProvider.name}"`;
    const remedy = "Log in again with kubectl, or use an exec plugin instead.";
    if (this.#legacy === null) {
      const client = await import("@kubernetes/client-node");
      this.#legacy = new client.KubeConfig();
      // skipTLSVerify: client-node builds an agent for the cluster too, which is thrown away; nothing is sent with it.
      this.#legacy.loadFromClusterAndUser({ name: "cluster", server: this.server, skipTLSVerify: true }, { name: "user", authProvider });
    }
    const request: RequestOptions = {};
    try {
      await this.#legacy.applyToHTTPSOptions(request);
    } catch (error) {
      throw new AccessError(`${field}: ${scrubText(error instanceof Error ? error.message : "failed", 200)}. ${remedy}`);
    }
    const header: unknown = Object.entries(request.headers ?? {}).find(([key]) => key === "Authorization")?.[1];
    if (typeof header !== "string") throw new AccessError(`${field}: gives no token, it has expired or was never there. ${remedy}`);
    return header;
  }

  #drop(): void {
    this.#tokenFile?.drop();
    this.#exec?.drop();
    for (const pem of [this.#ca, this.#cert, this.#keyPem]) if (pem !== null && "file" in pem) pem.file.drop();
    this.#legacy = null;
  }
}

/** What is wrong with the files of a context right now; null: all can be read. Synchronous, for the start only. */
export function checkFiles({ cluster, user, clusterDirectory, userDirectory }: ContextEntry): AccessError | null {
  const files: [string, string | undefined, string, string | undefined][] = [
    ["certificate-authority", cluster["certificate-authority"], clusterDirectory, cluster["certificate-authority-data"]],
    ["client-certificate", user["client-certificate"], userDirectory, user["client-certificate-data"]],
    ["client-key", user["client-key"], userDirectory, user["client-key-data"]],
    ["tokenFile", user.tokenFile, userDirectory, undefined],
  ];
  for (const [field, file, directory, data] of files) {
    if (file === undefined || data !== undefined) continue;
    const full = path.resolve(directory, file);
    try {
      accessSync(full, constants.R_OK);
    } catch (error) {
      return unreadable(field, full, error);
    }
  }
  return null;
}

async function readPem(pem: Pem | null): Promise<Buffer | undefined> {
  if (pem === null) return undefined;
  return "data" in pem ? pem.data : checkPem(pem.field, await pem.file.read());
}

/** Node fails with an OpenSSL code at the first request otherwise. */
function checkPem(field: string, content: Buffer): Buffer {
  if (content.includes("-----BEGIN ")) return content;
  const form = field.endsWith("-data") ? "base64 of a PEM" : "a PEM";
  throw new AccessError(
    `${field}: is not ${form}. Write it again, for example with \`kubectl config set-cluster\` or \`set-credentials\`.`,
  );
}

function bearer(field: string, raw: string): string {
  const token = raw.trim();
  if (token === "") throw new AccessError(`${field}: holds no token. Write it again.`);
  // Anything else could not be a header, and undici's error would quote it.
  if (!/^[\x21-\x7E]+$/.test(token))
    throw new AccessError(`${field}: holds white space or other characters that no token has. Write it again.`);
  return `Bearer ${token}`;
}

/** Left out silently, these would give other rights than the kubeconfig says. */
function checkImpersonation(user: UserEntry): void {
  if ((user["as-groups"] ?? []).length > 1)
    throw new AccessError("as-groups: more than one group is not supported. Name one, or use a user of its own.");
  if (user["as-user-extra"] != null) throw new AccessError("as-user-extra: is not supported. Remove it, or use a user of its own.");
}

/** `spec.cluster` of KUBERNETES_EXEC_INFO (client.authentication.k8s.io/v1 Cluster). */
function clusterInfo({ cluster, user }: ContextEntry): Record<string, unknown> | null {
  if (user.exec?.provideClusterInfo !== true) return null;
  const config = cluster.extensions?.find((one) => one.name === "client.authentication.k8s.io/exec")?.extension;
  return {
    server: cluster.server,
    "tls-server-name": cluster["tls-server-name"],
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"],
    "certificate-authority-data": cluster["certificate-authority-data"],
    "proxy-url": cluster["proxy-url"],
    config,
  };
}
