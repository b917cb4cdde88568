import { describe, expect, it } from "vitest";
import type { PodContainer } from "../kubernetes/schema.ts";
import { at, buildContainer, buildPod, running, terminated } from "../testing/build-pod-record.ts";
import { assignAliases } from "./assign-aliases.ts";
import { deriveContainers } from "./derive-containers.ts";
import { isPausePod, shapeOf } from "./find-jobs.ts";
import { sumResources } from "./sum-resources.ts";
import { effectiveRequest } from "./view-nodes.ts";

const service = (name: string, image: string, change: Partial<PodContainer> = {}) => buildContainer(name, running(), { image, ...change });

describe("containers", () => {
  const roles = (containers: PodContainer[], hostnames: string[] = []) =>
    Object.fromEntries(
      deriveContainers(buildPod({ containers, hostAliases: [{ ip: "127.0.0.1", hostnames }] }), null, false).map((container) => [
        container.name,
        container.role,
      ]),
    );

  it("have the role that names, aliases, images and the runner's volumes show", () => {
    const injected = { mounts: [] };
    expect(
      roles(
        [
          buildContainer("init-permissions", running()),
          buildContainer("build", running()),
          buildContainer("helper", running()),
          service("postgres", "postgres:17"),
          service("svc-0", "redis:7", injected),
          service("docker", "docker:27-dind"),
          service("engine", "registry.example/ci/dind:1", injected),
          service("boss", "docker:27", { privileged: true }),
          service("istio-proxy", "istio/proxyv2:1.24", injected),
          buildContainer("vault-agent", running(), { kind: "sidecar" }),
          buildContainer("debugger", running(), { kind: "ephemeral" }),
        ],
        ["postgres"],
      ),
    ).toEqual({
      "init-permissions": "init",
      build: "build",
      helper: "helper",
      postgres: "service",
      "svc-0": "service",
      docker: "dind",
      engine: "dind",
      boss: "service",
      "istio-proxy": "other",
      "vault-agent": "other",
      debugger: "other",
    });
  });

  it("call no image Docker-in-Docker whose name only holds the letters", () => {
    expect(roles([service("db", "registry/findind:1"), service("x", "registry/dind/postgres:1")])).toEqual({ db: "service", x: "service" });
  });

  it("say that they were stopped by the deletion only when they ended after it", () => {
    const ended = (seconds: number | null) =>
      deriveContainers(buildPod({ containers: [buildContainer("build", terminated("Error", 137, seconds))] }), at(40), true)[0]
        ?.afterDeletion;
    expect([ended(39), ended(40), ended(70), ended(null)]).toEqual([false, true, true, true]);
    expect(deriveContainers(buildPod(), null, false).every((container) => !container.afterDeletion)).toBe(true);
  });

  it("are not reached before the kubelet speaks, and not seen when their pod has gone without a word", () => {
    const pod = buildPod({ containers: [buildContainer("build", null)] });
    expect(deriveContainers(pod, null, false)[0]?.state).toEqual({ state: "unknown", reason: "not-reached" });
    expect(deriveContainers(pod, null, true)[0]?.state).toEqual({ state: "unknown", reason: "not-seen" });
    expect(deriveContainers({ ...pod, node: null }, null, true)[0]?.state).toEqual({ state: "unknown", reason: "not-reached" });
  });

  it("share host names: by their own name, by their image, else by the service named before", () => {
    const aliases = assignAliases(
      [
        { ip: "127.0.0.1", hostnames: ["postgres", "db", "database", "registry.example__ci__redis", "registry.example-ci-redis", "cache"] },
        { ip: "10.0.0.1", hostnames: ["elsewhere"] },
      ],
      [service("db", "postgres:17"), service("cache", "registry.example:5000/ci/redis:7@sha256:abc")],
    );
    expect(Object.fromEntries(aliases)).toEqual({
      db: ["postgres", "db", "database"],
      cache: ["registry.example__ci__redis", "registry.example-ci-redis", "cache"],
    });
    expect(assignAliases([], [service("db", "postgres")]).get("db")).toEqual([]);
  });

  it("sum to nothing where one of them sets none", () => {
    const none = { cpuMillicores: null, memoryBytes: 1, ephemeralStorageBytes: null };
    expect(sumResources(buildPod().containers, "limits")).toMatchObject({ cpuMillicores: 2_000 });
    expect(sumResources([...buildPod().containers, service("db", "x", { limits: none })], "limits")).toMatchObject({
      cpuMillicores: null,
      memoryBytes: 2 * 512 * 2 ** 20 + 1,
    });
    expect(sumResources([], "limits").cpuMillicores).toBeNull();
  });

  it("count for the scheduler as the larger of init with its sidecars and of what runs side by side", () => {
    const request = (name: string, kind: PodContainer["kind"], cpuMillicores: number | null) =>
      buildContainer(name, null, { kind, requests: { cpuMillicores, memoryBytes: null, ephemeralStorageBytes: null } });
    expect(effectiveRequest([request("s", "sidecar", 300), request("i", "init", 500), request("a", "regular", 100)], "cpuMillicores")).toBe(
      800,
    );
    expect(effectiveRequest([request("i", "init", 500), request("s", "sidecar", 300), request("a", "regular", 400)], "cpuMillicores")).toBe(
      700,
    );
    expect(effectiveRequest([request("a", "regular", null)], "cpuMillicores")).toBeNull();
    expect(effectiveRequest([request("a", "regular", null), request("b", "regular", 5)], "cpuMillicores")).toBe(5);
  });
});

describe("the shape of a pod", () => {
  const volumes = (...names: string[]) => names.map((name) => ({ name, kind: "emptyDir" }));
  const shape = (containers: string[], ...names: string[]) =>
    shapeOf({ containers: containers.map((name) => buildContainer(name, null)), volumes: volumes(...names) });

  it("is told by containers and volumes", () => {
    expect(shape(["init-permissions", "build", "helper"], "repo", "scripts", "logs")).toBe("attach");
    expect(shape(["build", "helper"], "repo")).toBe("legacy-exec");
    expect(shape(["init-steps-bootstrap", "build"], "repo", "scripts", "cache")).toBe("concrete");
    expect(shape(["web"])).toBe("unknown");
  });

  it("of a pause pod is none of them", () => {
    expect(isPausePod({ labels: { "runner.gitlab.com/pause-pod": "true" } })).toBe(true);
    expect(isPausePod({ labels: { "manager.runner.gitlab.com/id-short": "abc" } })).toBe(false);
  });
});
