import { describe, expect, it } from "vitest";
import { aliasNames, readDocker } from "./read-docker.ts";

const names = aliasNames([{ ip: "127.0.0.1", hostnames: ["docker", "db"] }]);
const env = (...entries: [string, string?][]) => ({
  env: entries.map(([name, value]) => (value === undefined ? { name } : { name, value })),
});

describe("readDocker", () => {
  it("keeps the shape of DOCKER_HOST, and its name only when it is one of the pod's own", () => {
    expect(readDocker(env(["DOCKER_HOST", "tcp://docker:2375"], ["DOCKER_TLS_CERTDIR", ""]), names)).toEqual({
      host: { scheme: "tcp", name: "docker", port: 2375 },
      certDir: "empty",
      tls: null,
    });
    expect(readDocker(env(["DOCKER_HOST", "tcp://localhost:2376"], ["DOCKER_TLS_CERTDIR", "/certs"]), names)?.host?.name).toBe("localhost");
    expect(readDocker(env(["DOCKER_HOST", "unix:///var/run/docker.sock"]), names)?.host).toEqual({
      scheme: "unix",
      name: null,
      port: null,
    });
  });

  it.each([
    "tcp://glpat-AAAAAAAAAAAAAAAAAAAA:2375",
    "tcp://user:PLANTED@docker:2375",
    "PLANTED",
    "ssh://PLANTED@elsewhere",
    "tcp://PLANTED.example:2376/path?x=PLANTED",
  ])("keeps nothing of %s but scheme and port", (value) => {
    expect(JSON.stringify(readDocker(env(["DOCKER_HOST", value]), names))).not.toMatch(/PLANTED|glpat|AAAA|user/);
  });

  it("takes the last of several entries, as the kubelet does; an empty value is one that Go leaves out", () => {
    expect(readDocker(env(["DOCKER_TLS_CERTDIR", "/certs"], ["DOCKER_TLS_CERTDIR"]), names)?.certDir).toBe("empty");
    expect(readDocker(env(["DOCKER_HOST", "tcp://docker:2376"]), names)?.certDir).toBe("missing");
  });

  it("reads whether dockerd is told to use TLS, the last word wins, and drops all other arguments", () => {
    expect(readDocker({ args: ["--tls", "--label=PLANTED", "--tls=false"] }, names)).toEqual({
      host: null,
      certDir: "missing",
      tls: "off",
    });
    expect(readDocker({ command: ["dockerd", "--tlsverify"] }, names)?.tls).toBe("on");
    expect(readDocker({ args: ["--tlscacert=PLANTED"], env: [] }, names)).toBeNull();
  });
});
