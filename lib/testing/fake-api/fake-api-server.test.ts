import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readRules } from "./access-control.ts";
import { buildJobPod } from "./build-pod.ts";
import { FakeApiServer } from "./fake-api-server.ts";
import { WireClient } from "./wire-client.ts";

let api: FakeApiServer;
let client: WireClient;

beforeAll(async () => {
  api = await FakeApiServer.start({ control: true });
});
afterAll(() => api.stop());

beforeEach(() => {
  for (const resource of ["pods", "events"] as const)
    for (const object of api.store.list(resource)) api.store.remove(resource, object.metadata);
  api.faults.clear();
  api.requests.clear();
  client = new WireClient(api);
});

interface List {
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: { metadata: { name: string } }[];
}
const names = (list: unknown) => (list as List).items.map((item) => item.metadata.name);
const put = (name: string, namespace = "ci", labels: Record<string, string> = {}) =>
  api.store.put("pods", buildJobPod({ name, namespace, labels }));

describe("list", () => {
  test("has kind, resourceVersion and items without kind, in etcd's order", async () => {
    put("b", "two");
    put("a", "two");
    put("z", "one");
    const { json, headers, status } = await client.call("/api/v1/pods");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    expect(json).toMatchObject({ kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: String(api.store.revision) } });
    expect(names(json)).toEqual(["z", "a", "b"]);
    expect((json as List).items[0]).not.toHaveProperty("kind");
    expect(names((await client.call("/api/v1/namespaces/two/pods")).json)).toEqual(["a", "b"]);
  });

  test("pages show the state of the first page although objects come and go between them", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) put(name);
    const first = (await client.call("/api/v1/pods?limit=2")).json as List;
    expect(first.metadata.remainingItemCount).toBe(3);
    api.store.remove("pods", { namespace: "ci", name: "c" });
    put("bb");
    const second = (await client.call(`/api/v1/pods?limit=2&continue=${first.metadata.continue}`)).json as List;
    const third = (await client.call(`/api/v1/pods?limit=2&continue=${second.metadata.continue}`)).json as List;
    expect([first, second, third].flatMap(names)).toEqual(["a", "b", "c", "d", "e"]);
    expect(new Set([first, second, third].map((page) => page.metadata.resourceVersion)).size).toBe(1);
    expect(third.metadata.continue).toBeUndefined();
  });

  test("a continue token dies with compaction; the answer's own token lists the inconsistent rest", async () => {
    for (const name of ["a", "b", "c"]) put(name);
    const first = (await client.call("/api/v1/pods?limit=1")).json as List;
    put("bb");
    api.store.compact();
    const gone = await client.call(`/api/v1/pods?limit=5&continue=${first.metadata.continue}`);
    expect(gone.status).toBe(410);
    expect(gone.json).toMatchObject({
      kind: "Status",
      status: "Failure",
      reason: "Expired",
      code: 410,
      message: expect.stringMatching(/^The provided continue parameter is too old to display a consistent list result/),
    });
    const { metadata } = gone.json as List;
    expect(names((await client.call(`/api/v1/pods?limit=5&continue=${metadata.continue}`)).json)).toEqual(["b", "bb", "c"]);
  });

  test("selectors", async () => {
    put("a", "ci", { tier: "gold" });
    put("b", "ci", { tier: "tin" });
    put("c");
    const select = async (query: string) => names((await client.call(`/api/v1/pods?${query}`)).json);
    expect(await select("labelSelector=tier")).toEqual(["a", "b"]);
    expect(await select("labelSelector=!tier")).toEqual(["c"]);
    expect(await select(`labelSelector=${encodeURIComponent("tier in (gold, silver),pod")}`)).toEqual(["a"]);
    expect(await select("labelSelector=tier!%3Dgold")).toEqual(["b", "c"]);
    expect(await select("fieldSelector=metadata.name%3Db")).toEqual(["b"]);
    expect((await client.call("/api/v1/pods?fieldSelector=spec.nope%3Db")).json).toMatchObject({ code: 400, reason: "BadRequest" });
  });
});

describe("who may", () => {
  test("no credentials: anonymous; a wrong token: 401; the version is public", async () => {
    const anonymous = new WireClient(api, null);
    expect((await anonymous.call("/api/v1/pods")).json).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      reason: "Forbidden",
      code: 403,
      details: { kind: "pods" },
      message: 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    });
    expect((await anonymous.call("/version")).json).toMatchObject({ gitVersion: "v1.34.4" });
    const wrong = await anonymous.call("/api/v1/pods", { headers: { authorization: "Bearer nobody" } });
    expect(wrong).toMatchObject({
      status: 401,
      json: {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: "Unauthorized",
        reason: "Unauthorized",
        code: 401,
      },
    });
  });

  test("rules, cluster-wide and of one namespace, and SelfSubjectAccessReview agree", async () => {
    api.setUser("dev", readRules("ci", ["pods", "deployments"]));
    const dev = new WireClient(api, "dev");
    expect((await dev.call("/api/v1/namespaces/ci/pods")).status).toBe(200);
    expect((await dev.call("/api/v1/namespaces/prod/pods")).json).toMatchObject({
      message: 'pods is forbidden: User "dev" cannot list resource "pods" in API group "" in the namespace "prod"',
    });
    expect((await dev.call("/apis/apps/v1/deployments?watch=true")).json).toMatchObject({
      message: 'deployments.apps is forbidden: User "dev" cannot watch resource "deployments" in API group "apps" at the cluster scope',
      details: { group: "apps", kind: "deployments" },
    });
    const review = async (namespace: string | undefined) => {
      const spec = { resourceAttributes: { verb: "watch", group: "apps", resource: "deployments", ...(namespace ? { namespace } : {}) } };
      return dev.call("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        method: "POST",
        body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec },
      });
    };
    expect(await review("ci")).toMatchObject({ status: 201, json: { kind: "SelfSubjectAccessReview", status: { allowed: true } } });
    expect((await review(undefined)).json).toMatchObject({ status: { allowed: false } });
  });

  test("a rotated token makes the old one worthless", async () => {
    await api.rotateToken("admin");
    expect((await client.call("/api/v1/pods")).status).toBe(401);
    expect((await new WireClient(api).call("/api/v1/pods")).status).toBe(200);
  });
});

test("single objects, logs and what is not there", async () => {
  put("a");
  api.logs.append("ci/a/helper", "cloning", Date.now());
  expect((await client.call("/api/v1/namespaces/ci/pods/a")).json).toMatchObject({ kind: "Pod", metadata: { name: "a" } });
  expect((await client.call("/api/v1/namespaces/ci/pods/a/log?container=helper")).text).toBe("cloning\n");
  expect((await client.call("/api/v1/namespaces/ci/pods/b")).json).toMatchObject({
    code: 404,
    reason: "NotFound",
    message: 'pods "b" not found',
    details: { name: "b", kind: "pods" },
  });
  expect(await client.call("/nothing")).toMatchObject({ status: 404, text: "404 page not found\n" });
  expect((await client.call("/api/v1/widgets")).json).toMatchObject({
    code: 404,
    message: "the server could not find the requested resource",
  });
  expect((await client.call("/readyz")).text).toBe("ok");
  expect((await client.call("/apis/apps/v1")).json).toMatchObject({ kind: "APIResourceList", groupVersion: "apps/v1" });
  expect((await client.call("/api/v1/namespaces/ci/pods/a", { method: "DELETE" })).status).toBe(405);
});

test("every request is logged with its user and answer", async () => {
  await client.call("/api/v1/namespaces/ci/pods?limit=500");
  expect(api.requests.find({ request: "list", resource: "pods" })).toEqual([
    {
      method: "GET",
      path: "/api/v1/namespaces/ci/pods",
      query: { limit: "500" },
      request: "list",
      resource: "pods",
      namespace: "ci",
      user: "admin",
      at: expect.any(Number),
      status: 200,
    },
  ]);
});

test("the control port orders faults from another process", async () => {
  const control = `${api.controlUrl}/_control/faults`;
  await fetch(control, { method: "POST", body: JSON.stringify({ verb: "fail", code: 503, times: 2 }) });
  expect(await (await fetch(control)).json()).toEqual([{ verb: "fail", code: 503, times: 2 }]);
  expect((await client.call("/api/v1/pods")).status).toBe(503);
  await fetch(control, { method: "DELETE" });
  expect((await client.call("/api/v1/pods")).status).toBe(200);
  const requests = (await (await fetch(`${api.controlUrl}/_control/requests`)).json()) as { status: number }[];
  expect(requests.map((entry) => entry.status)).toEqual([503, 200]);
});
