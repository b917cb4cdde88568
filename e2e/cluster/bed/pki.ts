import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "./command.ts";
import type { BedNetwork } from "./subnets.ts";

/** The certificates and kubeconfigs of one bed, all in one folder, made new for it. */
export interface Pki {
  /** Full path of a file: `ca.crt`, `apiserver.key`, `sa.pub` … */
  file(name: string): string;
  /** The kubeconfig of a component or of the administrator (`admin`). */
  kubeconfig(user: User): string;
}
type User = "admin" | "controller-manager" | "scheduler" | "node";

export const NODE_NAME = "node1";
const DAYS = "30";
/** Subjects as the Node and RBAC authorizers expect them (kubernetes.io/docs/setup/best-practices/certificates). */
const SUBJECTS: Readonly<Record<User | "apiserver" | "kubelet-client", string>> = {
  admin: "/O=system:masters/CN=admin",
  "controller-manager": "/CN=system:kube-controller-manager",
  scheduler: "/CN=system:kube-scheduler",
  node: `/O=system:nodes/CN=system:node:${NODE_NAME}`,
  apiserver: "/CN=kube-apiserver",
  "kubelet-client": "/O=system:masters/CN=apiserver-kubelet-client",
};
const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export async function makePki(folder: string, network: BedNetwork): Promise<Pki> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string) => path.join(folder, name);
  await run("openssl", ["req", "-x509", ...KEY, "-keyout", file("ca.key"), "-out", file("ca.crt"), "-subj", "/CN=bed-ca", "-days", DAYS]);
  const names: Partial<Record<string, string>> = {
    apiserver: `IP:${network.node},IP:${network.apiService},IP:127.0.0.1,DNS:kubernetes.default.svc`,
    node: `IP:${network.node},DNS:${NODE_NAME}`,
  };
  for (const [name, subject] of Object.entries(SUBJECTS)) await sign(file, name, subject, names[name] ?? `DNS:${name}`);
  await run("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file("sa.key")]);
  await run("openssl", ["ec", "-in", file("sa.key"), "-pubout", "-out", file("sa.pub")]);
  const base64 = (name: string) => readFileSync(file(name)).toString("base64");
  const kubeconfig = (user: User) => file(`${user}.kubeconfig`);
  for (const user of ["admin", "controller-manager", "scheduler", "node"] as const) {
    const credentials = { "client-certificate-data": base64(`${user}.crt`), "client-key-data": base64(`${user}.key`) };
    writeKubeconfig(kubeconfig(user), network, base64("ca.crt"), user, credentials);
  }
  return { file, kubeconfig };
}

async function sign(file: (name: string) => string, name: string, subject: string, alternatives: string): Promise<void> {
  const [key, request, certificate, extensions] = [file(`${name}.key`), file(`${name}.csr`), file(`${name}.crt`), file(`${name}.ext`)];
  writeFileSync(extensions, `subjectAltName=${alternatives}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  await run("openssl", ["req", ...KEY, "-keyout", key, "-out", request, "-subj", subject]);
  const authority = ["-CA", file("ca.crt"), "-CAkey", file("ca.key"), "-CAcreateserial"];
  await run("openssl", ["x509", "-req", "-in", request, ...authority, "-days", DAYS, "-out", certificate, "-extfile", extensions]);
}

/** A self-contained kubeconfig (JSON is YAML). `ca`: base64 of the PEM. */
export function writeKubeconfig(file: string, network: BedNetwork, ca: string, user: string, credentials: object): void {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "bed", cluster: { server: `https://${network.node}:6443`, "certificate-authority-data": ca } }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: "bed", context: { cluster: "bed", user } }],
    "current-context": "bed",
  };
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
}
