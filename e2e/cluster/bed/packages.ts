import { existsSync, rmSync, writeFileSync } from "node:fs";
import { run } from "./command.ts";

/** Debian package → a file that only it brings. */
const NEEDED: Readonly<Record<string, string>> = {
  "etcd-server": "/usr/bin/etcd",
  containerd: "/usr/bin/containerd",
  runc: "/usr/sbin/runc",
  "containernetworking-plugins": "/usr/lib/cni/bridge",
  iptables: "/usr/sbin/iptables",
  iproute2: "/sbin/ip",
  "util-linux": "/usr/bin/unshare",
  mmdebstrap: "/usr/bin/mmdebstrap",
  git: "/usr/bin/git",
  openssl: "/usr/bin/openssl",
  gcc: "/usr/bin/gcc",
  "libc6-dev": "/usr/include/stdlib.h",
};
/** Asked by Debian's maintainer scripts before they start a service (invoke-rc.d); 101 = not allowed. */
const POLICY = "/usr/sbin/policy-rc.d";

/** Installs the Debian packages that are missing. The services they bring (etcd, containerd) are not started: the bed runs its own. */
export async function installPackages(log: (text: string) => void): Promise<void> {
  const missing = Object.keys(NEEDED).filter((name) => !existsSync(NEEDED[name] ?? ""));
  if (missing.length === 0) return;
  log(`Installing Debian packages: ${missing.join(" ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await run("apt-get", ["update", "-q"], { env });
    await run("apt-get", ["install", "-qy", "--no-install-recommends", ...missing], { env });
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
}
