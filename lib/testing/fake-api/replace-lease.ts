import type { KubeObject } from "./kube-object.ts";
import type { ObjectStore } from "./object-store.ts";
import { badRequest, conflict, notFound, versionMissing, type StatusBody } from "./status-body.ts";

/** PUT of a Lease, with the optimistic lock of every object (k8s.io/apiserver registry/generic Store.Update). Returns what is stored, or why not. */
export function replaceLease(store: ObjectStore, at: { namespace: string | null; name: string }, text: string): KubeObject | StatusBody {
  const ref = { namespace: at.namespace ?? undefined, name: at.name };
  const there = store.get("leases", ref);
  if (!there) return notFound("leases", at.name);
  let body: KubeObject;
  try {
    body = JSON.parse(text) as KubeObject;
  } catch {
    return badRequest("the object provided is unrecognized (must be of type Lease): couldn't get version/kind; json parse error");
  }
  if (body.kind !== "Lease") return badRequest(`Lease in version "v1" cannot be handled as a ${body.kind}`);
  if (body.metadata?.name !== at.name) return badRequest("the name of the object does not match the name on the URL");
  const version = body.metadata.resourceVersion;
  if (version === undefined) return versionMissing("leases", at.name);
  if (version !== there.metadata.resourceVersion) return conflict("leases", at.name);
  return store.put("leases", { ...body, metadata: { ...there.metadata, ...body.metadata } });
}
