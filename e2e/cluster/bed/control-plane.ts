import path from "node:path";
import { run, succeeds } from "./command.ts";
import type { Pki } from "./pki.ts";
import type { BedProcesses } from "./processes.ts";
import type { BedNetwork } from "./subnets.ts";

const ETCD = "http://127.0.0.1:2379";
const ETCD_PEERS = "http://127.0.0.1:2380";

/** etcd, API server, controller manager, scheduler. Resolves when the API server is ready. `binaries`: folder of the Kubernetes programs. */
export async function startControlPlane(
  processes: BedProcesses,
  binaries: string,
  folder: string,
  pki: Pki,
  network: BedNetwork,
): Promise<void> {
  startEtcd(processes, folder);
  startApiServer(processes, path.join(binaries, "kube-apiserver"), pki, network);
  const kubectl = path.join(binaries, "kubectl");
  const ask = () => succeeds(run(kubectl, ["--kubeconfig", pki.kubeconfig("admin"), "get", "--raw", "/readyz"]));
  await processes.until("The API server was not ready", ask, 120_000);
  processes.stay("controller-manager", path.join(binaries, "kube-controller-manager"), [
    `--kubeconfig=${pki.kubeconfig("controller-manager")}`,
    `--service-account-private-key-file=${pki.file("sa.key")}`,
    `--root-ca-file=${pki.file("ca.crt")}`,
    "--use-service-account-credentials",
    "--leader-elect=false",
  ]);
  processes.stay("scheduler", path.join(binaries, "kube-scheduler"), [
    `--kubeconfig=${pki.kubeconfig("scheduler")}`,
    "--leader-elect=false",
  ]);
}

function startEtcd(processes: BedProcesses, folder: string): void {
  processes.stay("etcd", "etcd", [
    `--data-dir=${path.join(folder, "etcd")}`,
    `--listen-client-urls=${ETCD}`,
    `--advertise-client-urls=${ETCD}`,
    `--listen-peer-urls=${ETCD_PEERS}`,
    `--initial-advertise-peer-urls=${ETCD_PEERS}`,
    `--initial-cluster=default=${ETCD_PEERS}`,
    "--unsafe-no-fsync", // the data dies with the bed
  ]);
}

function startApiServer(processes: BedProcesses, program: string, pki: Pki, network: BedNetwork): void {
  processes.stay("apiserver", program, [
    `--etcd-servers=${ETCD}`,
    `--advertise-address=${network.node}`,
    "--secure-port=6443",
    `--service-cluster-ip-range=${network.services}`,
    `--tls-cert-file=${pki.file("apiserver.crt")}`,
    `--tls-private-key-file=${pki.file("apiserver.key")}`,
    `--client-ca-file=${pki.file("ca.crt")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${pki.file("sa.pub")}`,
    `--service-account-signing-key-file=${pki.file("sa.key")}`,
    "--authorization-mode=Node,RBAC",
    `--kubelet-client-certificate=${pki.file("kubelet-client.crt")}`,
    `--kubelet-client-key=${pki.file("kubelet-client.key")}`,
    `--kubelet-certificate-authority=${pki.file("ca.crt")}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--allow-privileged=true",
  ]);
}
