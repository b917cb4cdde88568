import { RESOURCES, apiVersionOf, keyOf, type KubeObject, type ResourceName } from "./kube-object.ts";
import { TooOld, type ObjectStore } from "./object-store.ts";
import { readSelectors } from "./select-objects.ts";
import { EXPIRED_CONTINUE, EXPIRED_LIST, badRequest, expired, type StatusBody } from "./status-body.ts";

interface Continue {
  v: "meta.k8s.io/v1";
  /** −1: the inconsistent rest, from whatever is there now. */
  rv: number;
  start: string;
}

export interface ListBody {
  kind: string;
  apiVersion: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: Omit<KubeObject, "kind" | "apiVersion">[];
}

/** One page of a list: `limit`, `continue`, selectors, resourceVersion with its match rule, as the real server answers. */
export function listPage(
  store: ObjectStore,
  resource: ResourceName,
  namespace: string | null,
  query: URLSearchParams,
): ListBody | StatusBody {
  const selector = readSelectors(query);
  const token = query.get("continue");
  const from = token ? decode(token) : null;
  if (token && !from) return badRequest("continue key is not valid: illegal base64 or fields");
  const exact = query.get("resourceVersionMatch") === "Exact" ? Number(query.get("resourceVersion")) : null;
  const revision = from && from.rv >= 0 ? from.rv : (exact ?? store.revision);
  let objects: KubeObject[];
  try {
    objects = store.list(resource, revision);
  } catch (error) {
    if (!(error instanceof TooOld)) throw error;
    return from ? expired(EXPIRED_CONTINUE, encode({ ...from, rv: -1 })) : expired(EXPIRED_LIST);
  }
  const matching = objects.filter(
    (object) => (namespace === null || object.metadata.namespace === namespace) && (selector === null || selector(object)),
  );
  // resourceVersion=0 is answered from the cache, which ignores the limit.
  const limit = query.get("resourceVersion") === "0" && !from ? 0 : Number(query.get("limit") ?? 0);
  const start = from ? matching.findIndex((object) => keyOf(object.metadata) >= from.start) : 0;
  const rest = start < 0 ? [] : matching.slice(start);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const next = rest[page.length];
  return {
    kind: `${RESOURCES[resource].kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(revision),
      ...(next ? { continue: encode({ v: "meta.k8s.io/v1", rv: revision, start: keyOf(next.metadata) }) } : {}),
      // With a selector the server does not know how many are left, and leaves it out.
      ...(next && selector === null ? { remainingItemCount: rest.length - page.length } : {}),
    },
    items: page.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
  };
}

function encode(token: Continue): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

function decode(text: string): Continue | null {
  try {
    const token = JSON.parse(Buffer.from(text, "base64url").toString()) as Partial<Continue>;
    return token.v === "meta.k8s.io/v1" && typeof token.rv === "number" && typeof token.start === "string" ? (token as Continue) : null;
  } catch {
    return null;
  }
}
