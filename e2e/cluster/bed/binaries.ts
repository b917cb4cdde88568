import path from "node:path";
import { cached, cacheKey } from "./cache.ts";
import { run } from "./command.ts";

const modules = path.resolve(import.meta.dirname, "..");
/**
 * 1.34 is the last minor release whose kubelet takes cgroup v1 without a switch (KEP-4569; 1.35 sets failCgroupV1), so the
 * bed runs on old and new hosts alike. Must match kubernetes/go.mod.
 */
const KUBERNETES = "1.34.4";
/** Release name of the runner's commit in runner/go.mod. */
export const RUNNER = "19.4.0";
const RUNNER_COMMIT = "fc1f1862";

const kubernetesFlags = [
  "-s -w",
  `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES}`,
  `-X k8s.io/component-base/version.gitMajor=${KUBERNETES.split(".")[0]}`,
  `-X k8s.io/component-base/version.gitMinor=${KUBERNETES.split(".")[1]}`,
  `-X k8s.io/client-go/pkg/version.gitVersion=v${KUBERNETES}`,
].join(" ");
const common = "gitlab.com/gitlab-org/gitlab-runner/common";
const runnerFlags = `-s -w -X ${common}.VERSION=${RUNNER} -X ${common}.REVISION=${RUNNER_COMMIT} -X ${common}.BRANCH=main`;

const build = (module: string, folder: string, flags: string, cgo: boolean, commands: readonly string[]) =>
  run("go", ["build", "-trimpath", "-ldflags", flags, "-o", `${folder}/`, ...commands], {
    cwd: path.join(modules, module),
    env: { ...process.env, CGO_ENABLED: cgo ? "1" : "0", GOFLAGS: "-mod=readonly" },
  });

/** The folder with kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kubelet. */
export function kubernetesBinaries(log: (text: string) => void): Promise<string> {
  const key = cacheKey([kubernetesFlags, process.arch], [path.join(modules, "kubernetes")]);
  const make = async (folder: string) => {
    log(`Building Kubernetes ${KUBERNETES} from Go modules (about 10 minutes on two cores when Go's own cache is empty) …`);
    const commands = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"].map(
      (name) => `k8s.io/kubernetes/cmd/${name}`,
    );
    await build("kubernetes", folder, kubernetesFlags, false, commands);
    await build("kubernetes", folder, kubernetesFlags, true, ["k8s.io/kubernetes/cmd/kubelet"]); // cAdvisor in it needs cgo
  };
  return cached("kubernetes", key, make, log);
}

/** Key of what gitlab-runner and its helper are made from. */
export const runnerKey = (): string => cacheKey([runnerFlags, process.arch], [path.join(modules, "runner")]);

/** The folder with gitlab-runner and gitlab-runner-helper. */
export function runnerBinaries(log: (text: string) => void): Promise<string> {
  const make = async (folder: string) => {
    log(`Building gitlab-runner ${RUNNER} from Go modules (about 5 minutes on two cores when Go's own cache is empty) …`);
    await build("runner", folder, runnerFlags, false, ["./cmd/..."]);
  };
  return cached("runner", runnerKey(), make, log);
}
