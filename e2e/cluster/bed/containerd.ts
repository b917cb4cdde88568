import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run, succeeds } from "./command.ts";
import { image } from "./images.ts";
import type { BedProcesses } from "./processes.ts";
import type { BedNetwork } from "./subnets.ts";

export interface Containerd {
  socket: string;
}

/** Starts containerd with its own root, state and CNI configuration, and imports the images. */
export async function startContainerd(processes: BedProcesses, folder: string, network: BedNetwork, archive: string): Promise<Containerd> {
  const home = path.join(folder, "containerd");
  const cni = path.join(home, "cni");
  mkdirSync(cni, { recursive: true });
  const socket = path.join(home, "containerd.sock");
  const config = path.join(home, "config.toml");
  writeFileSync(config, containerdConfig(home, socket, cni));
  writeFileSync(path.join(cni, "10-bed.conflist"), JSON.stringify(cniConfig(home, network)));
  processes.stay("containerd", "containerd", ["--config", config]);
  const ctr = (...args: string[]) => run("ctr", ["--address", socket, "--namespace", "k8s.io", ...args]);
  await processes.until("containerd did not answer", () => succeeds(ctr("version")), 30_000);
  await ctr("images", "import", archive);
  return { socket };
}

function containerdConfig(home: string, socket: string, cni: string): string {
  const plugin = '[plugins."io.containerd.grpc.v1.cri"';
  return [
    "version = 2",
    `root = ${JSON.stringify(path.join(home, "root"))}`,
    `state = ${JSON.stringify(path.join(home, "state"))}`,
    "[grpc]",
    `  address = ${JSON.stringify(socket)}`,
    `${plugin}]`,
    // Without CAP_SYS_RESOURCE runc cannot lower oom_score_adj, and dies with "can't get final child's PID from pipe: EOF".
    "  restrict_oom_score_adj = true",
    `  sandbox_image = ${JSON.stringify(image.pause)}`,
    `${plugin}.containerd.runtimes.runc]`,
    '  runtime_type = "io.containerd.runc.v2"',
    `${plugin}.cni]`,
    '  bin_dir = "/usr/lib/cni"',
    `  conf_dir = ${JSON.stringify(cni)}`,
    "",
  ].join("\n");
}

function cniConfig(home: string, network: BedNetwork): object {
  const ipam = {
    type: "host-local",
    dataDir: path.join(home, "ipam"),
    ranges: [[{ subnet: network.pods }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return {
    cniVersion: "0.4.0",
    name: "bed",
    plugins: [
      { type: "bridge", bridge: "bed0", isGateway: true, ipMasq: true, hairpinMode: true, ipam },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}
