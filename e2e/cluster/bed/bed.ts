import path from "node:path";
import { type Coordinator, startCoordinator } from "../coordinator/coordinator.ts";
import { jobSpecSchema, type JobRequest } from "../coordinator/job-spec.ts";
import type { JobRecord } from "../coordinator/job.ts";
import type { PollGate } from "../coordinator/poll-gate.ts";
import { plainTrace } from "../coordinator/plain-trace.ts";
import { type Account, makeAccounts } from "./access.ts";
import { makeCgroup } from "./cgroups.ts";
import { waitUntil } from "./command.ts";
import { startContainerd } from "./containerd.ts";
import { startControlPlane } from "./control-plane.ts";
import { identify, type Inventory, makeRunFolder, writeInventory } from "./inventory.ts";
import { Kubectl } from "./kubectl.ts";
import { startKubelet } from "./kubelet.ts";
import { killManager } from "./manager-process.ts";
import { restartManagers, startManagers, stopManagers } from "./managers.ts";
import { connectNetwork } from "./network.ts";
import { makePki, type Pki } from "./pki.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { BedProcesses } from "./processes.ts";
import type { RunnerKnobs } from "./runner-config.ts";
import type { BedNetwork } from "./subnets.ts";
import { startWatchdog } from "./watchdog.ts";

export interface BedOptions {
  log: (text: string) => void;
}

/** A real one-node Kubernetes with three managers of a real GitLab Runner, and the GitLab that they ask for jobs. */
export interface Bed {
  /** The administrator's. */
  kubeconfig: string;
  /** Of a read-only service account, with a token. */
  kubeconfigFor(account: Account): string;
  /** Where jobs can be handed in from outside: `POST <url>/admin/jobs`. */
  gitlab: string;
  /** Logs of all components are in its folder `log`. */
  folder: string;
  /** Under which the kubelet makes the cgroups of its pods. */
  cgroup: string;
  submit(job: JobRequest): Promise<JobRecord>;
  job(id: number): JobRecord;
  /** Waits until GitLab's record of the job satisfies `wanted`; throws with the record and the end of the trace. */
  waitForJob(id: number, wanted: (job: JobRecord) => boolean, timeoutMs?: number): Promise<JobRecord>;
  /** As the button in GitLab: the runner stops the job when it next calls. */
  cancel(id: number): Promise<void>;
  /** All that no manager has taken yet. */
  cancelWaiting(): Promise<void>;
  /** What the job has written so far, as plain text. */
  trace(id: number): string;
  /** The same as the runner sent it: stamps, section markers and escapes in it. */
  rawTrace(id: number): string;
  /** As administrator; resolves with what it printed. */
  kubectl(...args: string[]): Promise<string>;
  /** Makes this object, or changes it, as administrator. */
  apply(object: object): Promise<void>;
  /** SIGKILL to the runner process of a manager pod: the jobs it held become orphans. */
  killManager(pod: string): Promise<void>;
  /** SIGTERM to all managers: their jobs are interrupted. Resolves when no pod of them or their jobs is left. */
  stopManagers(): Promise<void>;
  /** Starts the stopped managers; what `knobs` leave out is as at the beginning. Resolves when all are ready. */
  restartManagers(knobs?: RunnerKnobs): Promise<void>;
  /** How GitLab answers polls for jobs. */
  polls: PollGate;
  /** Takes everything away again: processes, mounts, network, cgroups, files. */
  stop(): Promise<void>;
}

const GITLAB_PORT = 8929;

/** Starts a bed; what is missing for it is installed and built before. It is gone when this process ends, however it ends. */
export async function startBed({ log }: BedOptions): Promise<Bed> {
  const prepared = await prepare(log);
  const folder = makeRunFolder();
  const owner = identify(process.pid);
  if (!owner) throw new Error("/proc does not show this process.");
  const inventory: Inventory = { owner, holder: null, link: null, cgroup: null, gitlab: null, kubeconfig: null };
  const note = (part: Partial<Inventory>) => writeInventory(folder, Object.assign(inventory, part));
  note({});
  const watchdog = await startWatchdog(folder);
  let coordinator: Coordinator | null = null;
  const stop = async () => {
    await coordinator?.stop();
    await watchdog.release();
  };
  try {
    const processes = await BedProcesses.start(prepared.pause, folder, (holder) => note({ holder }));
    const network = await connectNetwork(processes, (_, link) => note({ link }));
    const cgroup = `runnerscope-${network.slot}`;
    note({ cgroup });
    makeCgroup(cgroup);
    coordinator = await startCoordinator({ host: network.host, port: GITLAB_PORT, folder: path.join(folder, "gitlab"), log });
    const { pki, kubectl } = await startCluster({ processes, prepared, folder, network, cgroup, log });
    const accounts = await makeAccounts(kubectl, folder, pki, network);
    await startManagers(kubectl, network, coordinator.url);
    log("Three managers poll for jobs.");
    const kubeconfig = pki.kubeconfig("admin");
    const { url, polls } = coordinator;
    note({ gitlab: url, kubeconfig });
    return {
      kubeconfig,
      kubeconfigFor: (account) => accounts[account],
      gitlab: url,
      folder,
      cgroup,
      polls,
      ...jobControl(coordinator),
      kubectl: (...args) => kubectl.run(...args),
      apply: (object) => kubectl.applyObjects([object]),
      killManager: (pod) => killManager(kubectl, cgroup, pod),
      stopManagers: () => stopManagers(kubectl),
      restartManagers: (knobs = {}) => restartManagers(kubectl, url, knobs),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface ClusterNeeds {
  processes: BedProcesses;
  prepared: Prepared;
  folder: string;
  network: BedNetwork;
  cgroup: string;
  log: (text: string) => void;
}

async function startCluster({ processes, prepared, folder, network, cgroup, log }: ClusterNeeds): Promise<{ pki: Pki; kubectl: Kubectl }> {
  const pki = await makePki(path.join(folder, "pki"), network);
  const binaries = prepared.kubernetes;
  const [{ socket }] = await Promise.all([
    startContainerd(processes, folder, network, prepared.archive),
    startControlPlane(processes, binaries, folder, pki, network),
  ]);
  log(`The API server answers at https://${network.node}:6443.`);
  await startKubelet({ processes, binaries, folder, pki, network, containerdSocket: socket, cgroup });
  log("The node is ready.");
  return { pki, kubectl: new Kubectl(path.join(binaries, "kubectl"), pki.kubeconfig("admin")) };
}

function jobControl({
  board,
}: Coordinator): Pick<Bed, "submit" | "job" | "waitForJob" | "cancel" | "cancelWaiting" | "trace" | "rawTrace"> {
  const find = (id: number) => {
    const job = board.get(id);
    if (!job) throw new Error(`There is no job ${id}.`);
    return job;
  };
  const trace = (id: number) => plainTrace(board.trace(id).toString());
  return {
    submit: async (job) => board.enqueue(jobSpecSchema.parse(job)),
    job: (id) => find(id).record,
    trace,
    rawTrace: (id) => board.trace(id).toString(),
    async cancel(id) {
      if (!board.cancel(find(id))) throw new Error(`Job ${id} has ended already.`);
    },
    async cancelWaiting() {
      for (const { id, state } of board.records()) if (state === "pending") board.cancel(find(id));
    },
    async waitForJob(id, wanted, timeoutMs = 120_000) {
      const { record } = find(id);
      try {
        await waitUntil(`Job ${id} was not as wanted`, () => wanted(record), timeoutMs);
      } catch (error) {
        throw new Error(`${String(error)}\n${JSON.stringify(record)}\n${trace(id).slice(-2_000)}`, { cause: error });
      }
      return record;
    },
  };
}
