import "server-only";
import type { SourceError } from "../../base/source-state.ts";

/** TLS and proxy for an undici Agent. `version` changes when the files or the credential behind it changed: then build a new Agent. */
export interface Connection {
  readonly version: string;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
  /** http, https or socks5 URL (may hold a password: never log it); null: straight to the server. */
  readonly proxy: string | null;
}

/** How one context of a kubeconfig (or the service account of this pod) reaches its API server. */
export interface ClusterAccess {
  /** Safe in a path; part of every key of the cluster. */
  readonly key: string;
  /** The context's name as the kubeconfig writes it. */
  readonly name: string;
  /** Base URL without a trailing slash. */
  readonly server: string;
  /** The namespace of the context; null: none is set. */
  readonly namespace: string | null;
  /** Throws AccessError. Cheap when nothing changed: call it before each request. */
  connection(): Promise<Connection>;
  /** Request headers. `fresh: true` after a 401 drops every cache. Throws AccessError. */
  authorize(options?: { fresh?: boolean }): Promise<Record<string, string>>;
}

/** A credential, CA or proxy that cannot be used. The message names field and remedy and never holds a secret. */
export class AccessError extends Error {
  readonly code: SourceError["code"] = "credentials";

  constructor(message: string) {
    super(message);
    this.name = "AccessError";
  }
}
