import type { RbacRule } from "../base/source-state.ts";

export const watchedResources = ["pods", "events", "nodes", "deployments", "replicasets"] as const;
export type WatchedResource = (typeof watchedResources)[number];

/** The resourceAttributes of a SelfSubjectAccessReview; `namespace: null` asks for all namespaces. */
export interface AccessAttributes {
  group: string;
  resource: WatchedResource;
  verb: "list" | "watch";
  namespace: string | null;
}

/** Asks the API server; `unknown`: it gave no answer, so the watch itself has to find out (403). */
export type Review = (attributes: AccessAttributes) => Promise<boolean | "unknown">;

/**
 * What may be watched of one resource. `cluster`: one watch over all namespaces. `namespaces`: one watch for each of them;
 * `forbidden` names the rules for those that were refused. `forbidden`: no watch; `rule` is the one to add.
 */
export type ResourceRights =
  | { scope: "cluster" }
  | { scope: "namespaces"; namespaces: string[]; forbidden: RbacRule[] }
  | { scope: "forbidden"; rule: RbacRule };

export type Rights = Record<WatchedResource, ResourceRights>;
