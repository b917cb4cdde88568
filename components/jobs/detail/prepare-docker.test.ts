import { describe, expect, it } from "vitest";
import type { ContainerView } from "@/lib/fleet/schema.ts";
import { buildContainerUse } from "@/lib/testing/build-usage.ts";
import { prepareDocker } from "./prepare-docker.ts";

type Docker = NonNullable<ContainerView["docker"]>;
const container = (change: Partial<ContainerView>) => buildContainerUse({ startedAt: "2026-03-01T12:00:00Z", ...change });
const docker = (change: Partial<Docker>): Docker => ({ host: null, certDir: "missing", tls: null, ...change });
const host = (port: number, name: string | null = "docker") => ({ scheme: "tcp" as const, name, port });
const job = (build: Docker | null, dind: Docker | null, change: Partial<ContainerView> = {}) => ({
  containers: [
    container({ name: "build", docker: build }),
    container({ name: "docker", role: "dind", privileged: true, docker: dind, ...change }),
  ],
});

describe("prepareDocker", () => {
  it("reads the plain way that works: an empty DOCKER_TLS_CERTDIR, or --tls=false", () => {
    for (const dind of [docker({ certDir: "empty" }), docker({ certDir: "set", tls: "off" })])
      expect(prepareDocker(job(docker({ host: host(2375) }), dind))).toEqual({
        server: "docker",
        client: "build",
        host: "tcp://docker:2375",
        port: 2375,
        tls: false,
        privileged: true,
        problems: [],
      });
  });

  it.each([
    ["plain client, TLS server", host(2375), docker({ certDir: "set" }), ["plain-client"]],
    ["plain client, image's own default", host(2375), docker({}), ["plain-client"]],
    ["TLS client, plain server", host(2376), docker({ certDir: "empty" }), ["tls-client"]],
    ["TLS without shared certificates", host(2376), docker({ certDir: "set" }), ["no-certs"]],
    ["a host elsewhere", host(2375, null), docker({ certDir: "empty" }), ["other-host"]],
    ["a socket", { scheme: "unix" as const, name: null, port: null }, docker({ certDir: "empty" }), ["socket"]],
  ])("names what stands against it: %s", (_name, way, dind, problems) => {
    expect(prepareDocker(job(docker({ host: way }), dind))?.problems).toEqual(problems);
  });

  it("finds shared certificates, and a service without its privileges", () => {
    const mounts = [{ volume: "certs", path: "/certs/client", readOnly: false }];
    const { containers } = job(docker({ host: host(2376) }), docker({ certDir: "set" }), { mounts, privileged: false });
    const shared = containers.map((one) => (one.name === "build" ? { ...one, mounts } : one));
    expect(prepareDocker({ containers: shared })?.problems).toEqual(["not-privileged"]);
  });

  it("says nothing where there is no such service, and little where the pod says nothing", () => {
    expect(prepareDocker({ containers: [container({})] })).toBeNull();
    expect(prepareDocker(job(null, null))).toMatchObject({ host: null, tls: null, problems: [] });
  });
});
