import { readFileSync } from "node:fs";
import path from "node:path";
import { RUNNER_NAMESPACE } from "./access.ts";
import { processesOf } from "./cgroups.ts";
import type { Kubectl } from "./kubectl.ts";

/** The kubelet's cgroup of a container (pkg/kubelet/cm: pods by QoS class; a manager with requests below limits is Burstable). */
export function containerCgroup(root: string, podUid: string, containerId: string): string {
  return path.join(root, "kubepods/burstable", `pod${podUid}`, containerId.replace(/^containerd:\/\//, ""));
}

/** Kills the runner process of a manager pod as the kernel would: no shutdown, no goodbye to GitLab or its job pods. */
export async function killManager(kubectl: Kubectl, cgroup: string, pod: string): Promise<void> {
  const fields = "{.metadata.uid} {.status.containerStatuses[0].containerID}";
  const [uid, id] = (await kubectl.run("--namespace", RUNNER_NAMESPACE, "get", "pod", pod, "-o", `jsonpath=${fields}`)).split(" ");
  if (!uid || !id) throw new Error(`Pod ${pod} has no running container.`);
  for (const pid of processesOf(containerCgroup(cgroup, uid, id))) {
    if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "gitlab-runner") process.kill(pid, "SIGKILL");
  }
}
