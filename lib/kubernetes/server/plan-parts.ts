import "server-only";
import type { RbacRule } from "../../base/source-state.ts";
import { isNamespaced, watchedResources, type ResourceRights, type Rights, type WatchedResource } from "../rights.ts";
import type { ClusterRecord } from "../schema.ts";

/** One list and watch: a resource, in one namespace or (null) everywhere. `refused`: the rule that is missing for it. */
export interface WatchPart {
  resource: WatchedResource;
  namespace: string | null;
  refused: RbacRule | null;
}

export interface WatchPlan {
  parts: WatchPart[];
  /** Resources that are not watched because they belong to the whole cluster and only namespaces may be read. */
  off: WatchedResource[];
  scope: ClusterRecord["scope"];
  /** null: all. */
  namespaces: string[] | null;
}

/** Which watches to run with these rights. A missing right gives a part that says so, never an absent one. */
export function planParts(rights: Rights, configured: readonly string[] | null): WatchPlan {
  const parts: WatchPart[] = [];
  const off: WatchedResource[] = [];
  const narrow = configured !== null || rights.pods.scope === "namespaces";
  for (const resource of watchedResources) {
    const found = partsOf(resource, rights[resource]);
    if (narrow && !isNamespaced(resource) && found.every((part) => part.refused !== null)) off.push(resource);
    else parts.push(...found);
  }
  return { parts, off, scope: scopeOf(rights.pods), namespaces: configured === null ? namespacesOf(rights.pods) : [...configured] };
}

function partsOf(resource: WatchedResource, rights: ResourceRights): WatchPart[] {
  if (rights.scope === "cluster") return [{ resource, namespace: null, refused: null }];
  if (rights.scope === "forbidden") return [{ resource, namespace: rights.rule.namespace, refused: rights.rule }];
  return [
    ...rights.namespaces.map((namespace) => ({ resource, namespace, refused: null })),
    ...rights.forbidden.map((rule) => ({ resource, namespace: rule.namespace, refused: rule })),
  ];
}

/** The pods decide: they are what the product is about. */
function scopeOf(pods: ResourceRights): ClusterRecord["scope"] {
  if (pods.scope === "cluster") return "cluster";
  return pods.scope === "namespaces" && pods.namespaces.length > 0 ? "namespaces" : "none";
}

function namespacesOf(pods: ResourceRights): string[] | null {
  return pods.scope === "namespaces" ? [...pods.namespaces] : null;
}
