import { describe, expect, it } from "vitest";
import type { JobEvent } from "@/lib/fleet/schema.ts";
import { prepareEvents } from "./prepare-events.ts";
import { parseGoDurationMs, preparePulls } from "./prepare-pulls.ts";

let uid = 0;
function event(reason: string, at: string, message: string, container: string | null = "build", change: Partial<JobEvent> = {}): JobEvent {
  const key = `event-${uid++}`;
  return {
    key,
    uid: key,
    cluster: "c",
    name: key,
    namespace: "ci",
    resourceVersion: "1",
    createdAt: at,
    seenAt: at,
    reason,
    type: "Normal",
    message,
    count: 1,
    at,
    firstAt: at,
    component: "kubelet",
    regarding: { kind: "Pod", namespace: "ci", name: "p", uid: "u", container },
    ...change,
  };
}
const T = (seconds: number) => `2026-03-01T12:00:${String(seconds).padStart(2, "0")}Z`;

describe("preparePulls", () => {
  it("joins Pulling and Pulled of one container and reads length and size", () => {
    const [pull] = preparePulls([
      event("Pulled", T(12), 'Successfully pulled image "docker:27-dind" in 9.5s (11.25s including waiting). Image size: 132000000 bytes.'),
      event("Pulling", T(1), 'Pulling image "docker:27-dind"'),
    ]);
    expect(pull).toMatchObject({
      image: "docker:27-dind",
      status: "pulled",
      startMs: Date.parse(T(1)),
      endMs: Date.parse(T(12)),
      tookMs: 11_250,
      sizeBytes: 132_000_000,
    });
  });

  it("reads the wording of older kubelets, without a size", () => {
    const [pull] = preparePulls([event("Pulled", T(12), 'Successfully pulled image "node:24" in 2s')]);
    expect(pull).toMatchObject({ tookMs: 2000, sizeBytes: null, startMs: Date.parse(T(10)) });
  });

  it("tells running, failed and needless pulls apart", () => {
    const pulls = preparePulls([
      event("Pulling", T(1), 'Pulling image "a"', "build"),
      event("Pulling", T(1), 'Pulling image "b"', "helper"),
      event("Failed", T(3), 'Failed to pull image "b": not found', "helper"),
      event("Failed", T(3), "Error: ErrImagePull", "helper"),
      event("Pulled", T(1), 'Container image "c" already present on machine and can be accessed by the pod', "svc-0"),
    ]);
    expect(pulls.map(({ image, status }) => [image, status])).toEqual([
      ["a", "pulling"],
      ["b", "failed"],
      ["c", "present"],
    ]);
  });

  it("keeps the real pull when the container starts again with the image present", () => {
    const pulls = preparePulls([
      event("Pulled", T(5), 'Successfully pulled image "a" in 3s'),
      event("Pulled", T(9), 'Container image "a" already present on machine'),
    ]);
    expect(pulls).toHaveLength(1);
    expect(pulls[0]?.status).toBe("pulled");
  });

  it("is not fooled by quotes in an image's name", () => {
    const [pull] = preparePulls([event("Pulled", T(5), 'Successfully pulled image "a" in 3s" in 4s')]);
    expect(pull).toMatchObject({ image: 'a" in 3s', tookMs: 4000 });
  });
});

describe("parseGoDurationMs", () => {
  it.each([
    ["1m2.5s", 62_500],
    ["812.5ms", 812.5],
    ["1h0m1s", 3_601_000],
    ["3µs", 0.003],
  ])("%s", (text, ms) => expect(parseGoDurationMs(text)).toBeCloseTo(ms));
  it.each(["", "5", "s", "1x", "1s 2s"])("refuses %j", (text) => expect(parseGoDurationMs(text)).toBeNull());
});

describe("prepareEvents", () => {
  it("puts the oldest first, counts from T+0 and sets noise apart", () => {
    const { lines, noise } = prepareEvents(
      [
        event("Started", T(9), "Started container build"),
        event("MissingClusterDNS", T(3), "no DNS", null, { type: "Warning", count: 7 }),
        event("Scheduled", T(0), "assigned", null),
      ],
      Date.parse(T(2)),
    );
    expect(lines.map(({ reason, tPlusMs }) => [reason, tPlusMs])).toEqual([
      ["Scheduled", -2000],
      ["Started", 7000],
    ]);
    expect(noise).toMatchObject([{ reason: "MissingClusterDNS", count: 7, warning: true }]);
  });
});
