import { describe, expect, it } from "vitest";
import { answersFor, isHostPattern } from "./host-names.ts";

const yes = (hosts: string[], listensOn: string, allowed: string[] = []) => hosts.filter((host) => answersFor(host, listensOn, allowed));

describe("a server on loopback", () => {
  const LOCAL = ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "LOCALHOST", "127.0.0.1", "localhost."];
  const FOREIGN = [
    "evil.example:3000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "[2001:db8::1]:3000",
    "ci-box",
    "runnerscope.ci.svc",
    "",
    ":3000",
  ];

  it("answers for loopback names only, however loopback is spelled", () => {
    for (const listensOn of ["127.0.0.1", "::1", "127.1", "localhost.", "ip6-localhost", "::ffff:127.0.0.1", "localhost"]) {
      expect(yes(LOCAL, listensOn)).toEqual(LOCAL);
      expect(yes(FOREIGN, listensOn)).toEqual([]);
    }
  });

  it("answers also for the names that a proxy on the same machine passes on", () => {
    expect(yes(["ci.example.com", "CI.example.com:443", "x.ci.example.com", ...FOREIGN], "127.0.0.1", ["ci.example.com"])).toEqual([
      "ci.example.com",
      "CI.example.com:443",
    ]);
  });
});

describe("a server that others reach", () => {
  it("answers for addresses (probes use them) and for names that nobody can register", () => {
    const hosts = [
      "10.0.0.1:3000",
      "[2001:db8::1]:3000",
      "localhost:8080",
      "ci-box:3000",
      "runnerscope.ci.svc",
      "runnerscope.ci.svc.cluster.local:80",
    ];
    expect(yes(hosts, "0.0.0.0")).toEqual(hosts);
  });

  it("answers for no other name that is not allowed: it may be a page's own that points here", () => {
    const hosts = [
      "evil.example",
      "10.0.0.1.evil.example",
      "svc.evil.example",
      "evil.example.svc.example",
      "ci.example.com",
      "",
      "[evil.example]",
      "1.2.3.4.5",
    ];
    expect(yes(hosts, "0.0.0.0")).toEqual([]);
    expect(yes(hosts, "0.0.0.0", ["ci.example.com"])).toEqual(["ci.example.com"]);
  });

  it("takes a pattern for all names below one, and a star for every name", () => {
    const hosts = ["a.example.com", "a.b.example.com", "example.com", "aexample.com", "a.example.com.evil.example"];
    expect(yes(hosts, "0.0.0.0", ["*.example.com"])).toEqual(["a.example.com", "a.b.example.com"]);
    expect(yes(hosts, "0.0.0.0", ["*"])).toEqual(hosts);
  });
});

it("only names can be allowed, without scheme, port and path", () => {
  const good = ["ci.example.com", "*.example.com", "*", "CI-box"];
  const bad = ["https://ci.example.com", "ci.example.com:443", "ci.example.com/x", "*.*.com", "a..b", "", "a b", "[::1]"];
  expect([...good, ...bad].filter(isHostPattern)).toEqual(good);
});
