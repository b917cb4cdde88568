import { readFileSync } from "node:fs";
import path from "node:path";
import type { Kubectl } from "./kubectl.ts";
import { writeKubeconfig, type Pki } from "./pki.ts";
import type { BedNetwork } from "./subnets.ts";

/** `dashboard`: what the product's README asks for. `namespaced`: the same in one namespace only, so without nodes. */
export type Account = "dashboard" | "namespaced";

const NAMESPACE = "runnerscope";
export const RUNNER_NAMESPACE = "gitlab-runner";
const READ = ["get", "list", "watch"];
/** Exactly the rights on the product's page "Sources" (components/sources/prepare-rbac.ts): nothing but reading. */
const NAMESPACED_RULES = [
  { apiGroups: [""], resources: ["pods", "events"], verbs: READ },
  { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: READ },
];
const RULES = [...NAMESPACED_RULES, { apiGroups: [""], resources: ["nodes"], verbs: READ }];
const TOKEN_LIFE = "24h";

/** Makes the read-only service accounts and a kubeconfig with a token for each; resolves with where those are. */
export async function makeAccounts(kubectl: Kubectl, folder: string, pki: Pki, network: BedNetwork): Promise<Record<Account, string>> {
  await kubectl.apply([...accountObjects("dashboard"), ...accountObjects("namespaced")]);
  const files = { dashboard: path.join(folder, "dashboard.kubeconfig"), namespaced: path.join(folder, "namespaced.kubeconfig") };
  const ca = readFileSync(pki.file("ca.crt")).toString("base64");
  for (const account of ["dashboard", "namespaced"] as const) {
    const token = await kubectl.run("create", "token", account, "--namespace", NAMESPACE, `--duration=${TOKEN_LIFE}`);
    writeKubeconfig(files[account], network, ca, account, { token: token.trim() });
  }
  return files;
}

function accountObjects(account: Account): object[] {
  const wide = account === "dashboard";
  const metadata = wide ? { name: account } : { name: account, namespace: RUNNER_NAMESPACE };
  const kind = wide ? "ClusterRole" : "Role";
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: RUNNER_NAMESPACE } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace: NAMESPACE } },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata, rules: wide ? RULES : NAMESPACED_RULES },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: account },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: NAMESPACE }],
    },
  ];
}
