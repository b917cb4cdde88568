import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildEvent } from "./build-event.ts";
import { buildJobPod } from "./build-pod.ts";
import { FakeApiServer } from "./fake-api-server.ts";
import { endPod, runPod, startPod } from "./move-pod.ts";
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
  for (const object of api.store.list("pods")) api.store.remove("pods", object.metadata);
});

const parsed = (lines: string[]) =>
  lines.map((line) => JSON.parse(line) as { type: string; object: RawPod & { code?: number; reason?: string; message?: string } });
const put = (name: string) => api.store.put("pods", buildJobPod({ name }));

describe("watch", () => {
  const from = () => `/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=${api.store.revision}`;

  test("a pod's life in the real server's order", async () => {
    const watch = client.watch(from());
    const ref = { namespace: "ci", name: put("a").metadata.name };
    api.store.patch<RawPod>("pods", ref, (pod) => runPod(pod, "node-1", Date.now()));
    expect(api.store.remove("pods", ref, 30)).toBe("terminating");
    api.store.patch<RawPod>("pods", ref, (pod) => endPod(pod, Date.now()));
    expect(api.store.remove("pods", ref, 30)).toBe("gone");
    const events = parsed(await watch.until(5));
    expect(events.map((event) => event.type)).toEqual(["ADDED", "MODIFIED", "MODIFIED", "MODIFIED", "DELETED"]);
    expect(events.map((event) => event.object.kind)).toEqual(Array(5).fill("Pod"));
    const versions = events.map((event) => Number(event.object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(new Set(versions).size).toBe(5);
    const [, running, terminating, ended, deleted] = events.map((event) => event.object);
    expect(running!.status.containerStatuses!.map((status) => Object.keys(status.state))).toEqual([["running"], ["running"]]);
    expect(terminating!.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 });
    expect(ended!.status.containerStatuses![0]!.state.terminated).toMatchObject({ exitCode: 137, reason: "Error" });
    expect(deleted!.status.phase).toBe("Failed");
    watch.close();
  });

  test("a pod without a node goes at once", () => {
    put("a");
    expect(api.store.remove("pods", { namespace: "ci", name: "a" }, 30)).toBe("gone");
  });

  test("resumes from a resourceVersion without losing or repeating anything", async () => {
    const start = from();
    put("a");
    put("b");
    api.store.remove("pods", { namespace: "ci", name: "a" });
    const watch = client.watch(start);
    expect(parsed(await watch.until(3)).map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      "ADDED a",
      "ADDED b",
      "DELETED a",
    ]);
    watch.close();
  });

  test("a resourceVersion older than the window: 200, an ERROR event with 410, end", async () => {
    put("a");
    const start = from();
    put("b");
    api.store.compact();
    const watch = client.watch(start);
    expect(parsed(await watch.until(1))).toEqual([
      {
        type: "ERROR",
        object: {
          kind: "Status",
          apiVersion: "v1",
          metadata: {},
          status: "Failure",
          reason: "Expired",
          code: 410,
          message: expect.stringMatching(/^too old resource version: \d+ \(\d+\)$/),
        },
      },
    ]);
    expect(await watch.closed).toBe("end");
  });

  test("bookmarks on demand, before the timeout, and only for those who asked", async () => {
    const watch = client.watch(`${from()}&timeoutSeconds=1`);
    const silent = client.watch(`/api/v1/pods?watch=1&resourceVersion=${api.store.revision}&timeoutSeconds=1`);
    await expect.poll(() => api.openWatches("pods")).toBe(2);
    api.store.put("events", buildEvent(put("a"), { reason: "Killing", message: "Stopping container build" }));
    api.sendBookmarks();
    const [added, bookmark, last] = parsed(await watch.until(3));
    expect([added!.type, bookmark!.type, last!.type]).toEqual(["ADDED", "BOOKMARK", "BOOKMARK"]);
    expect(bookmark!.object).toEqual({
      kind: "Pod",
      apiVersion: "v1",
      metadata: { resourceVersion: String(api.store.revision), creationTimestamp: null },
      spec: { containers: null },
      status: {},
    });
    expect([await watch.closed, await silent.closed]).toEqual(["end", "end"]);
    expect(parsed(silent.lines).map((event) => event.type)).toEqual(["ADDED"]);
    await expect.poll(() => api.openWatches()).toBe(0);
  });

  test("with a selector, an object that leaves it is DELETED and one that enters it is ADDED", async () => {
    const watch = client.watch(`${from()}&fieldSelector=status.phase%3DRunning`);
    const ref = { namespace: "ci", name: put("a").metadata.name };
    api.store.patch<RawPod>("pods", ref, (pod) => startPod(pod, Date.now()));
    api.store.patch<RawPod>("pods", ref, (pod) => endPod(pod, Date.now()));
    expect(parsed(await watch.until(2)).map((event) => event.type)).toEqual(["ADDED", "DELETED"]);
    watch.close();
  });

  test("WatchList: everything as ADDED, then the bookmark that says so", async () => {
    put("a");
    put("b");
    const watch = client.watch("/api/v1/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
    const events = parsed(await watch.until(3));
    expect(events.map((event) => event.type)).toEqual(["ADDED", "ADDED", "BOOKMARK"]);
    expect(events[2]!.object.metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
    watch.close();
  });
});
