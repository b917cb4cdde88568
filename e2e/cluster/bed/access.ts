import { readFileSync } from "node:fs";
import path from "node:path";
import { formatRole } from "../../../components/sources/prepare-rbac.ts";
import type { Kubectl } from "./kubectl.ts";
import { writeKubeconfig, type Pki } from "./pki.ts";
import type { BedNetwork } from "./subnets.ts";

/** `dashboard`: the rights that the product's page "Sources" asks for. `namespaced`: the same in one namespace only, so without nodes. */
export type Account = "dashboard" | "namespaced";

const NAMESPACE = "runnerscope";
export const RUNNER_NAMESPACE = "gitlab-runner";
/** How the product calls its role (components/sources/prepare-rbac.ts). */
const ROLE = "runnerscope";
const TOKEN_LIFE = "24h";

/** Makes the read-only service accounts and a kubeconfig with a token for each; resolves with where those are. */
export async function makeAccounts(kubectl: Kubectl, folder: string, pki: Pki, network: BedNetwork): Promise<Record<Account, string>> {
  await kubectl.applyObjects([namespace(NAMESPACE), namespace(RUNNER_NAMESPACE)]);
  // The roles are the very text that the product tells its users to apply.
  await kubectl.apply(formatRole(null));
  await kubectl.apply(formatRole([RUNNER_NAMESPACE]));
  await kubectl.applyObjects([...accountObjects("dashboard"), ...accountObjects("namespaced")]);
  const files = { dashboard: path.join(folder, "dashboard.kubeconfig"), namespaced: path.join(folder, "namespaced.kubeconfig") };
  const ca = readFileSync(pki.file("ca.crt")).toString("base64");
  for (const account of ["dashboard", "namespaced"] as const) {
    const token = await kubectl.run("create", "token", account, "--namespace", NAMESPACE, `--duration=${TOKEN_LIFE}`);
    writeKubeconfig(files[account], network, ca, account, { token: token.trim() });
  }
  return files;
}

const namespace = (name: string) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

function accountObjects(account: Account): object[] {
  const wide = account === "dashboard";
  const kind = wide ? "ClusterRole" : "Role";
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace: NAMESPACE } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: `${kind}Binding`,
      metadata: wide ? { name: account } : { name: account, namespace: RUNNER_NAMESPACE },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: ROLE },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: NAMESPACE }],
    },
  ];
}
