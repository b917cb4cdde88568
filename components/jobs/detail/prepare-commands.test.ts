import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { ContainerView, Job } from "@/lib/fleet/schema.ts";
import { prepareCommands, quoteForShell } from "./prepare-commands.ts";

const none = { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null };
const container = (name: string, state: ContainerView["state"]): ContainerView => ({
  name,
  role: "build",
  aliases: [],
  image: "node:24",
  imageDigest: null,
  privileged: false,
  mounts: [],
  ports: [],
  docker: null,
  requests: none,
  limits: none,
  state,
  since: unknown("not-seen"),
  afterDeletion: false,
  lastState: null,
  ready: true,
  restarts: 0,
  usage: unknown("not-sampled"),
});
const at = "2026-03-01T12:00:00Z";
const running = known({ kind: "running" as const, startedAt: at }, at, "test");
const waiting = known({ kind: "waiting" as const, reason: "ContainerCreating", message: null }, at, "test");
const job = (change: Partial<Job> = {}) => ({
  namespace: "ci",
  pod: "runner-1",
  uid: "4c1f",
  containers: [container("build", running), container("svc-0", waiting)],
  deletedAt: null,
  ...change,
});

describe("quoteForShell", () => {
  it.each(["plain-1.2", "it's", "a b", "$(touch /tmp/x)", "`id`", "", "a;b", "'", "\\", "\n", "*", "~", "#x", "!!"])(
    "hands %j to the shell as one word",
    (word) => {
      expect(execFileSync("sh", ["-c", `printf '%s|' ${quoteForShell(word)}`], { encoding: "utf8" })).toBe(`${word}|`);
    },
  );
});

describe("prepareCommands", () => {
  it("writes commands for a person to run", () => {
    const texts = prepareCommands(job(), null, Date.parse(at)).map((command) => command.text);
    expect(texts).toEqual([
      "kubectl -n ci get events --field-selector involvedObject.uid=4c1f",
      "kubectl -n ci describe pod runner-1",
      "kubectl -n ci get pod runner-1 -o yaml",
      "kubectl -n ci top pod runner-1 --containers",
      "kubectl -n ci exec runner-1 -c build -- netstat -tln",
      "kubectl -n ci logs runner-1 -c build --timestamps",
      "kubectl -n ci logs runner-1 -c svc-0 --timestamps",
    ]);
  });

  it("says which cannot work: no log before the start, nothing of a deleted pod but its events, for an hour", () => {
    const useless = (change: Partial<Job>, now: string) =>
      prepareCommands(job(change), null, Date.parse(now)).map((command) => command.useless);
    expect(useless({}, at)).toEqual([null, null, null, null, null, null, "not-started"]);
    expect(useless({ deletedAt: at }, "2026-03-01T12:59:00Z")).toEqual([
      null,
      "pod-gone",
      "pod-gone",
      "pod-gone",
      "pod-gone",
      "pod-gone",
      "pod-gone",
    ]);
    expect(useless({ deletedAt: at }, "2026-03-01T13:01:00Z")[0]).toBe("events-expired");
  });

  it("names the context where there are several clusters, quoted", () => {
    expect(prepareCommands(job(), "prod's", Date.parse(at))[1]?.text).toBe(`kubectl --context 'prod'\\''s' -n ci describe pod runner-1`);
  });
});
