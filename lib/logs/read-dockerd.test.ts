import { describe, expect, it } from "vitest";
import { DockerdReader, isDockerCommand } from "./read-dockerd.ts";

const STAMP = Date.parse("2026-03-01T12:00:09.000Z");
const read = (...lines: string[]) => {
  const reader = new DockerdReader();
  for (const line of lines) reader.take(STAMP, line);
  return reader.facts;
};

describe("DockerdReader", () => {
  it("reads when dockerd began and when it listens, by dockerd's own clock", () => {
    expect(
      read(
        'time="2026-03-01T12:00:01.125000000Z" level=info msg="Starting up"',
        'time="2026-03-01T12:00:02.000000000Z" level=info msg="API listen on /var/run/docker.sock"',
        'time="2026-03-01T12:00:08.250000000Z" level=info msg="API listen on [::]:2375"',
        'time="2026-03-01T12:00:09.000000000Z" level=info msg="API listen on [::]:2376"',
      ),
    ).toEqual({ startingAt: "2026-03-01T12:00:01.125Z", listeningAt: "2026-03-01T12:00:08.250Z", problems: [] });
  });

  it.each([
    ["failed to start daemon: Devices cgroup isn't mounted", "cgroup"],
    ["failed to start daemon: error initializing graphdriver: driver not supported", "storage-driver"],
    ["mount: permission denied (are you root?)", "no-privileges"],
    ["failed to load listeners: listen tcp 0.0.0.0:2375: bind: address already in use", "address-in-use"],
    ['could not load X509 key pair (cert: "/certs/server/cert.pem")', "certificate"],
    ["write /var/lib/docker/x: no space left on device", "no-space"],
    ["failed to start daemon: something new", "not-started"],
  ])("explains %j", (line, code) => {
    expect(read(line).problems).toEqual([{ code, at: "2026-03-01T12:00:09.000Z" }]);
  });

  it("does not take a warning for the reason, says each reason once, and keeps no text", () => {
    const warning = 'time="2026-03-01T12:00:01Z" level=warning msg="could not read CA certificate: permission denied"';
    expect(read(warning, "SECRET permission denied", "SECRET permission denied")).toEqual({
      startingAt: null,
      listeningAt: null,
      problems: [{ code: "no-privileges", at: "2026-03-01T12:00:09.000Z" }],
    });
  });
});

it.each([
  ["$ docker info", true],
  ["$ DOCKER_BUILDKIT=1 docker build .", true],
  ["$ cd app && docker build .", true],
  ["$ docker-compose up -d", true],
  ["$ ./docker.sh", false],
  ["$ echo docker", false],
  ["docker build is next", false],
])("%j is a docker command: %s", (line, is) => {
  expect(isDockerCommand(line)).toBe(is);
});
