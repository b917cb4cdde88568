import type { RbacRule } from "../base/source-state.ts";

export const watchedResources = ["pods", "events", "nodes", "deployments", "replicasets"] as const;
export type WatchedResource = (typeof watchedResources)[number];

/** What a reflector needs: a list, then a watch from it. */
const watchVerbs = ["list", "watch"] as const;
type WatchVerb = (typeof watchVerbs)[number];

/** The resourceAttributes of a SelfSubjectAccessReview; `namespace: null` asks for all namespaces. */
export interface AccessAttributes {
  group: string;
  resource: WatchedResource;
  verb: WatchVerb;
  namespace: string | null;
}

/** `unknown`: the API server gave no answer, so the watch itself has to find out (403). */
export type Answer = boolean | "unknown";

/** Asks the API server. A rejection counts as `unknown`. */
export type Review = (attributes: AccessAttributes) => Promise<Answer>;

/**
 * What may be watched of one resource. `cluster`: one watch over all namespaces. `namespaces`: one watch for each of them
 * (none, when all were refused); `forbidden` holds the rules to add for those that were refused, one for each. `forbidden`:
 * no watch; `rule` is the one to add.
 */
export type ResourceRights =
  | { scope: "cluster" }
  | { scope: "namespaces"; namespaces: string[]; forbidden: RbacRule[] }
  | { scope: "forbidden"; rule: RbacRule };

export type Rights = Record<WatchedResource, ResourceRights>;

const GROUPS: Readonly<Record<WatchedResource, string>> = { pods: "", events: "", nodes: "", deployments: "apps", replicasets: "apps" };

/** Nodes belong to no namespace. */
export function isNamespaced(resource: WatchedResource): boolean {
  return resource !== "nodes";
}

/** The two questions about one resource in one namespace, or in all of them. */
export function questions(resource: WatchedResource, namespace: string | null): AccessAttributes[] {
  return watchVerbs.map((verb) => ({ group: GROUPS[resource], resource, verb, namespace }));
}

/** The rule to add: only the verbs that were refused. null: nothing was refused. `answers` as `questions` orders them. */
export function missingRule(resource: WatchedResource, namespace: string | null, answers: readonly Answer[]): RbacRule | null {
  const verbs = watchVerbs.filter((_, index) => answers[index] === false);
  return verbs.length === 0 ? null : { apiGroup: GROUPS[resource], resource, verbs, namespace };
}

/** The rule for a watch that was refused although the review allowed it or did not answer. */
export function wholeRule(resource: WatchedResource, namespace: string | null): RbacRule {
  return { apiGroup: GROUPS[resource], resource, verbs: [...watchVerbs], namespace };
}
