import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { IssuedCertificate } from "./certificate-authority.ts";

/** How the file proves who it is. `token-file` and `exec` can be renewed while the reader runs. */
export type Credentials =
  | { kind: "token"; token: string }
  | { kind: "token-file"; file: string }
  | { kind: "certificate"; issued: IssuedCertificate }
  /** An exec plugin that prints this file, an ExecCredential. */
  | { kind: "exec"; file: string };

export interface KubeconfigParts {
  server: string;
  /** null: plain HTTP, or the system's authorities. */
  ca: string | null;
  context: string;
  user: string;
  namespace?: string | undefined;
  credentials: Credentials;
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** The text of a kubeconfig with one context (JSON, which is YAML). */
export function kubeconfigText({ server, ca, context, user, namespace, credentials }: KubeconfigParts): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": context,
    clusters: [{ name: context, cluster: { server, ...(ca === null ? {} : { "certificate-authority-data": base64(ca) }) } }],
    users: [{ name: user, user: userEntry(credentials) }],
    contexts: [{ name: context, context: { cluster: context, user, ...(namespace === undefined ? {} : { namespace }) } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function userEntry(credentials: Credentials): object {
  if (credentials.kind === "token") return { token: credentials.token };
  if (credentials.kind === "token-file") return { tokenFile: credentials.file };
  if (credentials.kind === "certificate") {
    return { "client-certificate-data": base64(credentials.issued.certificate), "client-key-data": base64(credentials.issued.key) };
  }
  return {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "cat",
      args: [credentials.file],
      interactiveMode: "Never",
      provideClusterInfo: false,
    },
  };
}

/** What an exec plugin prints (client.authentication.k8s.io/v1). */
export function execCredential(token: string, validMs: number): string {
  const expirationTimestamp = new Date(Date.now() + validMs).toISOString();
  return JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token, expirationTimestamp } });
}

/** Writes the file as `kubectl` wants it: readable by its owner only. */
export async function writePrivate(folder: string, name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text, { mode: 0o600 });
  return file;
}
