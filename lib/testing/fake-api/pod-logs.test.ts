import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildJobPod } from "./build-pod.ts";
import { FakeApiServer } from "./fake-api-server.ts";
import { endContainer, runPod, waitContainer } from "./move-pod.ts";
import type { RawPod } from "./pod-shape.ts";
import { WireClient } from "./wire-client.ts";

let api: FakeApiServer;
let client: WireClient;

beforeAll(async () => {
  api = await FakeApiServer.start();
  client = new WireClient(api);
});
afterAll(() => api.stop());
beforeEach(() => {
  api.store.remove("pods", { namespace: "ci", name: "a" });
  for (const container of ["build", "helper"]) api.logs.forget(`ci/a/${container}`);
});

describe("pods/log", () => {
  const path = (query: string) => `/api/v1/namespaces/ci/pods/a/log?${query}`;
  const running = (name: string, change: (pod: RawPod) => void = () => {}) => {
    api.store.put("pods", buildJobPod({ name, namespace: "ci" }));
    api.store.patch<RawPod>("pods", { namespace: "ci", name }, (pod) => {
      runPod(pod, "node-1", Date.now());
      change(pod);
    });
  };

  test("stamps, a start in time, the last lines", async () => {
    running("a");
    const start = Date.parse("2026-11-25T04:00:00Z");
    for (const [index, text] of ["one", "two", "three"].entries()) api.logs.append("ci/a/build", text, start + index * 1_000);
    expect((await client.call(path("container=build"))).text).toBe("one\ntwo\nthree\n");
    expect((await client.call(path("container=build&tailLines=1&timestamps=true"))).text).toBe("2026-11-25T04:00:02.000000002Z three\n");
    expect((await client.call(path("container=build&sinceTime=2026-11-25T04:00:01Z"))).text).toBe("two\nthree\n");
  });

  test("follow gives each line as it is written and ends with the container", async () => {
    running("a");
    api.logs.append("ci/a/build", "before", Date.now());
    const followed = client.watch(path("container=build&follow=true"));
    await followed.until(1);
    api.logs.append("ci/a/helper", "of another container", Date.now());
    api.logs.append("ci/a/build", "after", Date.now());
    expect(await followed.until(2)).toEqual(["before", "after"]);
    api.store.patch<RawPod>("pods", { namespace: "ci", name: "a" }, (pod) =>
      endContainer(pod, "build", { exitCode: 0, reason: "Completed" }, Date.now()),
    );
    expect(await followed.closed).toBe("end");
  });

  test("no container named, one that does not exist, one that has not started", async () => {
    running("a", (pod) => waitContainer(pod, "build", "ImagePullBackOff", "no"));
    const message = async (query: string) => (await client.call(path(query))).json;
    expect(await message("")).toMatchObject({
      code: 400,
      message: expect.stringContaining("a container name must be specified for pod a, choose one of: [build") as string,
    });
    expect(await message("container=none")).toMatchObject({ code: 400, message: "container none is not valid for pod a" });
    expect(await message("container=build")).toMatchObject({
      code: 400,
      message: 'container "build" in pod "a" is waiting to start: ImagePullBackOff',
    });
  });
});
