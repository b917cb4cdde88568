import { describe, expect, it } from "vitest";
import { buildJob } from "@/lib/testing/build-job.ts";
import { buildContainerUse } from "@/lib/testing/build-usage.ts";
import { BOX, preparePicture } from "./prepare-picture.ts";

const repo = { volume: "repo", path: "/builds", readOnly: false };
const scripts = { volume: "scripts", path: "/scripts-7-4711", readOnly: false };
const container = (change: Parameters<typeof buildContainerUse>[0] extends infer T ? Partial<T> : never) =>
  buildContainerUse({ startedAt: "2026-03-01T12:00:00Z", mounts: [repo, scripts], ...change });

const job = buildJob({
  podIp: "10.0.0.7",
  hostAliases: [{ ip: "127.0.0.1", hostnames: ["docker", "docker-dind"] }],
  volumes: [
    { name: "repo", kind: "emptyDir" },
    { name: "cache", kind: "hostPath" },
  ],
  containers: [
    container({ name: "init-permissions", role: "init" }),
    container({
      name: "build",
      docker: { host: { scheme: "tcp", name: "docker", port: 2375 }, certDir: "empty", tls: null },
      mounts: [repo, scripts, { volume: "cache", path: "/cache", readOnly: false }],
    }),
    container({
      name: "docker",
      role: "dind",
      privileged: true,
      aliases: ["docker"],
      ports: [{ name: null, port: 2375, protocol: "TCP" }],
      docker: { host: null, certDir: "empty", tls: null },
    }),
    container({ name: "helper", role: "helper" }),
  ],
});

describe("preparePicture", () => {
  it("has a box a container but init, the names of the pod itself, and what is shared, without the runner's own volumes", () => {
    const picture = preparePicture(job);
    expect(picture.boxes.map(({ name }) => name)).toEqual(["helper", "build", "docker"]);
    expect(picture.loopback).toEqual(["docker", "docker-dind"]);
    expect(picture.volumes).toMatchObject([
      { path: "/builds", kind: "emptyDir", mountedBy: ["helper", "build", "docker"] },
      { path: "/cache", kind: "hostPath", mountedBy: ["build"] },
    ]);
    expect(picture.boxes[2]).toMatchObject({ ports: [2375], privileged: true, aliases: ["docker"] });
  });

  it("draws the way from the docker client to dockerd, and nothing over another", () => {
    const { wire, boxes, volumes, height, width } = preparePicture(job);
    const [, build, docker] = boxes;
    expect(wire).toEqual({ x1: build!.x + BOX.width, y1: build!.y + BOX.height / 2, x2: docker!.x, y2: docker!.y + BOX.height / 2 });
    for (const { y } of volumes) expect(y).toBeGreaterThan(build!.y + BOX.height);
    expect(volumes.at(-1)!.y + 26).toBeLessThan(height);
    expect(docker!.x + BOX.width).toBeLessThan(width);
  });

  it("goes on in another row, and then leads the wire down", () => {
    const many = Array.from({ length: 3 }, (_, index) => container({ name: `svc-${index}`, role: "service" }));
    const picture = preparePicture({ ...job, containers: [...job.containers, ...many] });
    expect(new Set(picture.boxes.map(({ y }) => y)).size).toBe(2);
    expect(preparePicture({ ...job, containers: [container({ name: "helper", role: "helper" })] }).wire).toBeNull();
  });
});
