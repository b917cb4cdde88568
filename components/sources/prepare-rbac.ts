import type { RbacRule } from "@/lib/base/source-state.ts";

/** The rights Runnerscope uses, all of them: nothing but reading (README, "Run it"). */
const WANTED: readonly Omit<RbacRule, "namespace">[] = [
  { apiGroup: "", resource: "pods", verbs: ["get", "list", "watch"] },
  { apiGroup: "", resource: "events", verbs: ["get", "list", "watch"] },
  { apiGroup: "", resource: "nodes", verbs: ["get", "list", "watch"] },
  // CPU, memory and throttling, from the kubelets directly; never nodes/proxy, which would allow exec (kubernetes #119640).
  { apiGroup: "", resource: "nodes/metrics", verbs: ["get"] },
  { apiGroup: "apps", resource: "deployments", verbs: ["get", "list", "watch"] },
  { apiGroup: "apps", resource: "replicasets", verbs: ["get", "list", "watch"] },
];
/** Asked only where no kubelet and no Prometheus tells what containers use. */
const METRICS_SERVER: Omit<RbacRule, "namespace"> = { apiGroup: "metrics.k8s.io", resource: "pods", verbs: ["get", "list"] };
/** Resources that no Role of a namespace can grant. */
const CLUSTER_WIDE: ReadonlySet<string> = new Set(["nodes", "nodes/metrics"]);

/** One missing right as the lines of a role (double-quoted YAML is JSON's quoting). */
export function formatRule(rule: RbacRule): string {
  const kind = rule.namespace === null ? "ClusterRole runnerscope" : `Role runnerscope, namespace ${rule.namespace}`;
  return `# ${kind}\n${formatEntry(rule)}`;
}

function formatEntry({ apiGroup, resource, verbs }: Omit<RbacRule, "namespace">): string {
  return [
    `- apiGroups: [${JSON.stringify(apiGroup)}]`,
    `  resources: [${JSON.stringify(resource)}]`,
    `  verbs: [${verbs.map((verb) => JSON.stringify(verb)).join(", ")}]`,
  ].join("\n");
}

/**
 * The whole role: a ClusterRole, or where only some namespaces are watched a Role for each. Nodes and their metrics need a ClusterRole, so a Role leaves them out.
 * `metricsServer`: it is asked.
 */
export function formatRole(namespaces: readonly string[] | null, metricsServer = false): string {
  const wanted = metricsServer ? [...WANTED, METRICS_SERVER] : WANTED;
  if (namespaces === null) return formatRoleObject("ClusterRole", null, wanted);
  return namespaces.map((namespace) => formatRoleObject("Role", namespace, wanted)).join("\n---\n");
}

function formatRoleObject(kind: "ClusterRole" | "Role", namespace: string | null, wanted: typeof WANTED): string {
  const rules = wanted
    .filter((rule) => kind === "ClusterRole" || !CLUSTER_WIDE.has(rule.resource))
    .map(formatEntry)
    .join("\n");
  const metadata = ["  name: runnerscope", ...(namespace === null ? [] : [`  namespace: ${JSON.stringify(namespace)}`])];
  return ["apiVersion: rbac.authorization.k8s.io/v1", `kind: ${kind}`, "metadata:", ...metadata, "rules:", rules].join("\n");
}
