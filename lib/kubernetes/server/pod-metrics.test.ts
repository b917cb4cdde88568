import { afterEach, expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { serveHttp } from "../../testing/serve-http.ts";
import { PodMetrics } from "./pod-metrics.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function asking(status: number, body: unknown) {
  const asked: string[] = [];
  const server = await serveHttp((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  open.push(() => server.stop());
  const metrics = new PodMetrics(
    {
      key: "test",
      name: "test",
      namespace: null,
      server: server.origin,
      connection: () => Promise.resolve({ version: "1", rejectUnauthorized: true, proxy: null }),
      authorize: () => Promise.resolve({ authorization: "Bearer t" }),
    },
    systemClock,
  );
  open.push(() => metrics.close());
  return { asked, list: () => metrics.list("ci", AbortSignal.timeout(20_000)) };
}

it("lists one namespace through the API server, with the cluster's credentials", async () => {
  const item = {
    metadata: { name: "runner-x", namespace: "ci" },
    timestamp: "2026-11-25T00:00:11Z",
    window: "15s",
    containers: [{ name: "build", usage: { cpu: "250m", memory: "1Mi" } }],
  };
  const { asked, list } = await asking(200, { kind: "PodMetricsList", apiVersion: "metrics.k8s.io/v1beta1", items: [item] });
  expect(await list()).toMatchObject([
    { pod: "runner-x", container: "build", windowMs: 15_000, cpuMillicores: 250, workingSetBytes: 2 ** 20 },
  ]);
  expect(asked).toEqual(["GET /apis/metrics.k8s.io/v1beta1/namespaces/ci/pods Bearer t"]);
});

it.each([
  [403, "forbidden", "pods.metrics.k8s.io is forbidden"],
  [404, "protocol", "no metrics-server is installed"],
  [503, "server", "the server is currently unable to handle the request"],
  [401, "unauthorized", "Unauthorized"],
])("status %i is an error with the code %s", async (status, code, message) => {
  const { list } = await asking(status, { kind: "Status", message });
  const rule = { apiGroup: "metrics.k8s.io", resource: "pods", verbs: ["get", "list"], namespace: "ci" };
  await expect(list()).rejects.toMatchObject({
    name: "PollError",
    code,
    message: expect.stringContaining(message),
    rule: status === 403 ? rule : null,
  });
});

it("an answer of something else is none", async () => {
  const { list } = await asking(200, { kind: "PodList", items: [] });
  await expect(list()).rejects.toMatchObject({ code: "protocol", message: "the answer is no PodMetricsList" });
});
