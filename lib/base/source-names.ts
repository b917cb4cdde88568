/** Every kind of source there is, in the order in which the page of sources shows them. */
export const SOURCE_NAMES = [
  "kubernetes-pods",
  "kubernetes-events",
  "kubernetes-nodes",
  "kubernetes-deployments",
  "kubernetes-replicasets",
  "kubelet-metrics",
  "prometheus",
  "metrics-server",
  "managers",
  "gitlab",
] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];
