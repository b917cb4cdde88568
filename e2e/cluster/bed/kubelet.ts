import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "./command.ts";
import { NODE_NAME, type Pki } from "./pki.ts";
import type { BedProcesses } from "./processes.ts";
import type { BedNetwork } from "./subnets.ts";

export interface KubeletNeeds {
  processes: BedProcesses;
  /** Folder of the Kubernetes programs. */
  binaries: string;
  folder: string;
  pki: Pki;
  network: BedNetwork;
  containerdSocket: string;
  cgroup: string;
}

/** Starts the kubelet; resolves when its node is Ready. */
export async function startKubelet(needs: KubeletNeeds): Promise<void> {
  const { processes, binaries, folder, pki, network, containerdSocket, cgroup } = needs;
  const home = path.join(folder, "kubelet");
  mkdirSync(home, { recursive: true });
  const config = path.join(home, "config.json");
  const resolver = path.join(home, "resolv.conf");
  writeFileSync(resolver, "nameserver 127.0.0.1\n"); // the bed has no DNS: pods reach what they need by address
  writeFileSync(config, JSON.stringify(kubeletConfig(home, pki, containerdSocket, cgroup, resolver)));
  processes.stay("kubelet", path.join(binaries, "kubelet"), [
    `--config=${config}`,
    `--kubeconfig=${pki.kubeconfig("node")}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${network.node}`,
    `--root-dir=${path.join(home, "root")}`,
    // cAdvisor looks for containerd at the default place otherwise, and then reports no containers, without an error.
    `--containerd=${containerdSocket}`,
  ]);
  const status = '{range .items[*].status.conditions[?(@.type=="Ready")]}{.status}{end}';
  const ready = () =>
    run(path.join(binaries, "kubectl"), ["--kubeconfig", pki.kubeconfig("admin"), "get", "nodes", "-o", `jsonpath=${status}`]);
  await processes.until("The node was not ready", async () => (await ready()) === "True", 120_000);
}

function kubeletConfig(home: string, pki: Pki, containerdSocket: string, cgroup: string, resolver: string): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: pki.file("ca.crt") } },
    authorization: { mode: "Webhook" },
    tlsCertFile: pki.file("node.crt"),
    tlsPrivateKeyFile: pki.file("node.key"),
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroup}`,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    makeIPTablesUtilChains: false,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    podLogsDir: path.join(home, "pod-logs"),
    resolvConf: resolver,
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
  };
}
