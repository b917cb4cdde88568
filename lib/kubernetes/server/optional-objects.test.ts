import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { OptionalObjects } from "./optional-objects.ts";

let server: Server;
let objects: OptionalObjects;
const asked: string[] = [];
const { signal } = new AbortController();

afterEach(async () => {
  await objects.close();
  asked.length = 0;
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

async function answer(status: number, body: unknown): Promise<OptionalObjects> {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const access: ClusterAccess = {
    key: "test",
    name: "test",
    namespace: null,
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connection: async () => ({ version: "1", rejectUnauthorized: true, proxy: null }),
    authorize: async () => ({}),
  };
  objects = new OptionalObjects(access, systemClock);
  return objects;
}

it("takes of a ConfigMap only the keys that are asked for, by its name, and what is no text not at all", async () => {
  const data = { "config.toml": "concurrent = 3", "register-the-runner": "--token glrt-secret", "config.template.toml": 7 };
  const read = await answer(200, { kind: "ConfigMap", data, binaryData: { other: "c2VjcmV0" } });
  expect([...(await read.configMap("ci", "a/b", ["config.toml", "config.template.toml"], signal))]).toEqual([
    ["config.toml", "concurrent = 3"],
  ]);
  expect(asked).toEqual(["GET /api/v1/namespaces/ci/configmaps/a%2Fb"]);
});

it("lists the quotas of one namespace", async () => {
  const status = { hard: { pods: "3" }, used: { pods: "3" } };
  const items = [{ metadata: { name: "team", namespace: "ci" }, spec: {}, status }, null, { metadata: {} }];
  const read = await answer(200, { kind: "ResourceQuotaList", items });
  expect(await read.quotas("ci", signal)).toEqual([{ namespace: "ci", name: "team", counted: [{ resource: "pods", hard: 3, used: 3 }] }]);
  expect(asked).toEqual(["GET /api/v1/namespaces/ci/resourcequotas?limit=50"]);
});

it("rejects with the status where the right is missing", async () => {
  const read = await answer(403, { kind: "Status", message: "configmaps is forbidden" });
  await expect(read.configMap("ci", "x", [], signal)).rejects.toMatchObject({ kind: "forbidden", status: 403 });
  await expect(read.quotas("ci", signal)).rejects.toMatchObject({ status: 403 });
});
