import { RESOURCES, isResourceName, type ResourceName } from "./kube-object.ts";

export type Route =
  | { kind: "list" | "watch"; resource: ResourceName; namespace: string | null }
  | { kind: "get" | "log"; resource: ResourceName; namespace: string | null; name: string }
  /** PUT of a Lease: the only object that a client of ours may write. */
  | { kind: "replace"; resource: "leases"; namespace: string | null; name: string }
  | { kind: "review" }
  | { kind: "discovery" }
  | { kind: "version" }
  | { kind: "health" }
  /** A group that is served, but not this resource: Status 404. */
  | { kind: "no-resource" }
  /** Nothing at all: "404 page not found". */
  | { kind: "no-path" };

const GROUP = /^\/(?:api\/v1|apis\/(?<group>apps|coordination\.k8s\.io)\/v1)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<rest>.+)$/;

/** What a URL path asks for, by the API conventions (cluster-wide and namespaced). */
export function routeRequest(pathname: string, query: URLSearchParams, method = "GET"): Route {
  const path = pathname.replace(/\/$/, "");
  if (path === "/version") return { kind: "version" };
  if (["/readyz", "/livez", "/healthz"].includes(path)) return { kind: "health" };
  if (path === "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews") return { kind: "review" };
  if (["/api", "/apis", "/api/v1", "/apis/apps/v1", "/apis/coordination.k8s.io/v1"].includes(path)) return { kind: "discovery" };
  const named = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path)?.[1];
  if (named) return { kind: "get", resource: "namespaces", namespace: null, name: named };
  const { group = "", namespace, rest = "" } = GROUP.exec(path)?.groups ?? {};
  if (rest === "") return path === "/api/v1/namespaces" ? listOrWatch("namespaces", null, query) : { kind: "no-path" };
  const [plural = "", name, subresource] = rest.split("/");
  if (!isResourceName(plural) || RESOURCES[plural].group !== group) return { kind: "no-resource" };
  const within = namespace ?? null;
  if (name === undefined) return listOrWatch(plural, within, query);
  if (subresource === "log" && plural === "pods") return { kind: "log", resource: plural, namespace: within, name };
  if (method === "PUT" && plural === "leases" && subresource === undefined)
    return { kind: "replace", resource: plural, namespace: within, name };
  return subresource === undefined ? { kind: "get", resource: plural, namespace: within, name } : { kind: "no-resource" };
}

function listOrWatch(resource: ResourceName, namespace: string | null, query: URLSearchParams): Route {
  const watch = query.get("watch");
  return { kind: watch === "true" || watch === "1" ? "watch" : "list", resource, namespace };
}
