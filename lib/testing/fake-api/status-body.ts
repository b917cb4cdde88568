import { RESOURCES, type ResourceName } from "./kube-object.ts";

/** An error as the API server sends it: its texts are those of k8s.io/apimachinery/pkg/api/errors and k8s.io/apiserver. */
export interface StatusBody {
  kind: "Status";
  apiVersion: "v1";
  metadata: { continue?: string };
  status: "Failure";
  message: string;
  reason: string;
  details?: Record<string, unknown>;
  code: number;
}

function failure(code: number, reason: string, message: string, details?: Record<string, unknown>): StatusBody {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, ...(details ? { details } : {}), code };
}

/** What a request wants, in the words of RBAC. */
export interface Attributes {
  verb: string;
  resource: string;
  group: string;
  subresource?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
}

const full = (resource: string, group: string) => (group === "" ? resource : `${resource}.${group}`);

export function unauthorized(): StatusBody {
  return failure(401, "Unauthorized", "Unauthorized");
}

/** The text of k8s.io/apiserver responsewriters.ForbiddenStatusError. */
export function forbidden(user: string, attributes: Attributes): StatusBody {
  const { verb, resource, group, subresource, namespace, name } = attributes;
  const path = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace "${namespace}"` : "at the cluster scope";
  const subject = name ? `${full(resource, group)} "${name}"` : full(resource, group);
  return failure(
    403,
    "Forbidden",
    `${subject} is forbidden: User "${user}" cannot ${verb} resource "${path}" in API group "${group}" ${where}`,
    {
      ...(name ? { name } : {}),
      ...(group ? { group } : {}),
      kind: resource,
    },
  );
}

export function forbiddenPath(user: string, verb: string, path: string): StatusBody {
  return failure(403, "Forbidden", `forbidden: User "${user}" cannot ${verb} path "${path}"`, {});
}

export function notFound(resource: ResourceName, name: string): StatusBody {
  const { group } = RESOURCES[resource];
  return failure(404, "NotFound", `${full(resource, group)} "${name}" not found`, { name, ...(group ? { group } : {}), kind: resource });
}

/** k8s.io/apiserver registry: an update of a version that is no longer the newest. */
export function conflict(resource: ResourceName, name: string): StatusBody {
  const { group } = RESOURCES[resource];
  const changed = "the object has been modified; please apply your changes to the latest version and try again";
  return failure(409, "Conflict", `Operation cannot be fulfilled on ${full(resource, group)} "${name}": ${changed}`, {
    name,
    ...(group ? { group } : {}),
    kind: resource,
  });
}

/** An update must say of which version, where the kind wants it (pkg/registry/coordination/lease strategy AllowUnconditionalUpdate). */
export function versionMissing(resource: ResourceName, name: string): StatusBody {
  const { group } = RESOURCES[resource];
  const cause = "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update";
  return failure(422, "Invalid", `${full(resource, group)} "${name}" is invalid: ${cause}`, { name, group, kind: resource });
}

export function noSuchResource(): StatusBody {
  return failure(404, "NotFound", "the server could not find the requested resource", {});
}

export function expired(message: string, inconsistentContinue?: string): StatusBody {
  const body = failure(410, "Expired", message);
  return inconsistentContinue === undefined ? body : { ...body, metadata: { continue: inconsistentContinue } };
}

/** k8s.io/apiserver/pkg/storage/etcd3/errors.go */
export const EXPIRED_CONTINUE =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
export const EXPIRED_LIST = "The resourceVersion for the provided list is too old.";

/** What the storage answers while its watch cache is being filled. */
export function tooManyRequests(retryAfterSeconds: number): StatusBody {
  return failure(429, "TooManyRequests", "storage is (re)initializing", { retryAfterSeconds });
}

export function serverFailure(code: number): StatusBody {
  if (code === 503) return failure(503, "ServiceUnavailable", "the server is currently unable to handle the request");
  if (code === 504) return failure(504, "Timeout", "Timeout: request did not complete within the allotted timeout", {});
  const cause = "etcdserver: request timed out";
  return failure(code, "InternalError", `Internal error occurred: ${cause}`, { causes: [{ message: cause }] });
}

export function badRequest(message: string): StatusBody {
  return failure(400, "BadRequest", message);
}

export function methodNotAllowed(): StatusBody {
  return failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

/** A server without the WatchList feature gate (off in 1.33). */
export function watchListForbidden(): StatusBody {
  const message = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
  return failure(422, "Invalid", `ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: ${message}`, {
    group: "meta.k8s.io",
    kind: "ListOptions",
    causes: [{ reason: "FieldValueForbidden", message: `Forbidden: ${message}`, field: "sendInitialEvents" }],
  });
}
