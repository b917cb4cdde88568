import { describe, expect, it } from "vitest";
import events from "../testing/recorded/events.json" with { type: "json" };
import { readEvent } from "./read-event.ts";
import { eventRecordSchema } from "./schema.ts";

const context = { cluster: "test", seenAt: "2026-11-24T04:25:00.123Z" };

describe("readEvent", () => {
  const read = (raw: unknown) => {
    const event = readEvent(raw, context);
    expect(eventRecordSchema.strict().parse(event)).toEqual(event);
    return event;
  };
  const recorded = (reason: string) => read(events.find((event) => event.reason === reason));

  it("reads the scheduler's style: eventTime, no timestamps, no count", () => {
    expect(recorded("FailedScheduling")).toMatchObject({
      type: "Warning",
      at: "2026-11-24T04:22:43.240Z",
      firstAt: "2026-11-24T04:22:43.240Z",
      count: 1,
      component: "default-scheduler",
      regarding: { kind: "Pod", uid: "c0bb84df-7b41-463f-80c5-34c7d8a13576", container: null },
    });
  });

  it("reads the kubelet's style: count, first and last time, container of the field path", () => {
    expect(recorded("FailedCreatePodSandBox")).toMatchObject({ count: 12, firstAt: "2026-11-24T04:07:20Z", at: "2026-11-24T04:09:58Z" });
    expect(recorded("Created")).toMatchObject({ component: "kubelet", regarding: { container: "build" } });
    expect(recorded("NodeReady").regarding).toMatchObject({ kind: "Node", name: "node1" });
  });

  it("reads every recorded event", () => {
    expect(events.map((event) => read(event).message.length > 0)).toEqual(events.map(() => true));
  });

  it("reads events.k8s.io/v1 with a series, and scrubs the note", () => {
    const raw = {
      metadata: { uid: "u", name: "n", namespace: "ns", creationTimestamp: "2026-03-01T12:00:00Z" },
      regarding: { kind: "Pod", namespace: "ns", name: "p", uid: "pu", fieldPath: "spec.initContainers{init-permissions}" },
      note: 'Failed to pull image "https://u:geheim@reg/x"',
      reason: "Failed",
      type: "Warning",
      reportingController: "kubelet",
      eventTime: "2026-03-01T12:00:01.000001Z",
      deprecatedFirstTimestamp: null,
      series: { count: 7, lastObservedTime: "2026-03-01T12:05:00.500000Z" },
    };
    expect(read(raw)).toMatchObject({
      message: 'Failed to pull image "https://[removed]@reg/x"',
      count: 7,
      at: "2026-03-01T12:05:00.500Z",
      firstAt: "2026-03-01T12:00:01.000Z",
      component: "kubelet",
      regarding: { container: "init-permissions" },
    });
  });

  it("falls back to the creation time, and then to when it was seen", () => {
    const metadata = { uid: "u", name: "n", namespace: "ns" };
    expect(read({ metadata: { ...metadata, creationTimestamp: "2026-03-01T12:00:00Z" } }).at).toBe("2026-03-01T12:00:00Z");
    expect(read({ metadata, involvedObject: { fieldPath: "spec.containers{}" } })).toMatchObject({
      at: context.seenAt,
      count: 1,
      regarding: { container: null, uid: "" },
    });
  });
});
