import "server-only";
import {
  isNamespaced,
  missingRule,
  questions,
  watchedResources,
  type Answer,
  type ResourceRights,
  type Review,
  type Rights,
  type WatchedResource,
} from "../rights.ts";
import type { RbacRule } from "../../base/source-state.ts";

interface ProbeOptions {
  review: Review;
  /** The configured ones: only they are watched then. null: all that the rights allow. */
  namespaces: readonly string[] | null;
  /** Tried where all namespaces are refused; kubectl's "default" where the context has none. */
  contextNamespace?: string | null;
}

/**
 * Asks with SelfSubjectAccessReviews what may be watched (list and watch; every authenticated user may ask:
 * `system:basic-user`). Never throws: a review that fails counts as `unknown`, and the watch then tries.
 */
export async function probeRights(options: ProbeOptions): Promise<Rights> {
  const entries = await Promise.all(watchedResources.map(async (resource) => [resource, await probeResource(resource, options)] as const));
  return Object.fromEntries(entries) as Rights;
}

async function probeResource(resource: WatchedResource, options: ProbeOptions): Promise<ResourceRights> {
  const { review, namespaces, contextNamespace } = options;
  const narrowed = isNamespaced(resource) && namespaces !== null;
  const missing = await probe(review, resource, null);
  // Allowed everywhere is allowed in each namespace: no more questions.
  if (missing === null)
    return narrowed ? { scope: "namespaces", namespaces: [...new Set(namespaces)], forbidden: [] } : { scope: "cluster" };
  if (narrowed) return probeNamespaces(resource, [...new Set(namespaces)], review);
  if (!isNamespaced(resource)) return { scope: "forbidden", rule: missing };
  const namespace = contextNamespace ?? "default";
  if ((await probe(review, resource, namespace)) === null) return { scope: "namespaces", namespaces: [namespace], forbidden: [] };
  return { scope: "forbidden", rule: missing };
}

/** One namespace after the other: reviews are cheap, but a list of namespaces may be long. */
async function probeNamespaces(resource: WatchedResource, namespaces: readonly string[], review: Review): Promise<ResourceRights> {
  const allowed: string[] = [];
  const forbidden: RbacRule[] = [];
  for (const namespace of namespaces) {
    const missing = await probe(review, resource, namespace);
    if (missing === null) allowed.push(namespace);
    else forbidden.push(missing);
  }
  return { scope: "namespaces", namespaces: allowed, forbidden };
}

/** The rule that is missing; null: allowed, or not known to be refused. */
async function probe(review: Review, resource: WatchedResource, namespace: string | null): Promise<RbacRule | null> {
  const answers = await Promise.all(questions(resource, namespace).map((attributes) => review(attributes).catch((): Answer => "unknown")));
  return missingRule(resource, namespace, answers);
}
