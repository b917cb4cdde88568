import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

export interface Machine {
  platform: string;
  root: boolean;
  apt: boolean;
  /** What `go version` says; null: no Go. */
  go: string | null;
}

export function thisMachine(): Machine {
  const go = spawnSync("go", ["version"], { encoding: "utf8" });
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    apt: existsSync("/usr/bin/apt-get"),
    go: go.status === 0 ? go.stdout.trim() : null,
  };
}

/** Go 1.21 is the first that fetches the newer toolchain which a module asks for (go.dev/doc/toolchain). */
const OLDEST_GO = [1, 21] as const;

/** One sentence about the first thing that the bed needs and this machine lacks; null: nothing is missing. */
export function missingRequirement(machine: Machine): string | null {
  if (machine.platform !== "linux") return "The test bed needs Linux: it runs a kubelet in namespaces of its own.";
  if (!machine.root)
    return "The test bed needs root: it makes namespaces, cgroups and mounts; run it as root or in a privileged container.";
  if (!machine.apt) return "The test bed needs Debian's apt-get: etcd, containerd, runc and the images come from Debian packages.";
  const version = /go(\d+)\.(\d+)/.exec(machine.go ?? "");
  if (!version) return "The test bed needs Go on the PATH to build Kubernetes and GitLab Runner: see https://go.dev/doc/install.";
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < OLDEST_GO[0] || (major === OLDEST_GO[0] && minor < OLDEST_GO[1]))
    return `The test bed needs Go ${OLDEST_GO.join(".")} or newer; this machine has ${version[0]}.`;
  return null;
}
