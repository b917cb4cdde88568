import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { finished } from "node:stream/promises";
import { KubeApi, readAdmin } from "../../kube-api.ts";
import { RUNNER_NAMESPACE } from "../bed/access.ts";
import type { Bed } from "../bed/bed.ts";

/** How often pages of the kubelet and of the managers are taken. */
const EVERY_MS = 5_000;

interface PodList {
  items: { metadata: { labels?: Record<string, string> }; status: { podIP?: string } }[];
}

/**
 * Writes what the wire of a bed says into a folder, whole: lines of the watches of pods and events, pages of the kubelet (`cadvisor/<ms>.txt`) and of each
 * manager (`managers/<ms>-<pod IP>.metrics.txt` and `.jobs.txt`), and, at `stop`, nodes and workloads.
 */
export async function startCapture(bed: Bed, folder: string): Promise<{ stop: () => Promise<void> }> {
  for (const name of ["cadvisor", "managers"]) mkdirSync(path.join(folder, name), { recursive: true });
  const api = new KubeApi(readAdmin(bed.kubeconfig));
  const namespaced = `/api/v1/namespaces/${RUNNER_NAMESPACE}`;
  const watches = ["pods", "events"].map((resource) => {
    const file = createWriteStream(path.join(folder, `${resource}.watch.json`));
    const cancel = api.watch(`${namespaced}/${resource}?watch=true`, (line) => file.write(`${line}\n`));
    return async () => {
      cancel();
      file.end();
      await finished(file);
    };
  });
  const [node] = (JSON.parse(await api.call("GET", "/api/v1/nodes")) as { items: { metadata: { name: string } }[] }).items;
  const take = async () => {
    const ms = Date.now();
    const page = await api.call("GET", `/api/v1/nodes/${node?.metadata.name}/proxy/metrics/cadvisor`);
    writeFileSync(path.join(folder, "cadvisor", `${ms}.txt`), page);
    const pods = JSON.parse(await api.call("GET", `${namespaced}/pods?labelSelector=app%3Dgitlab-runner`)) as PodList;
    for (const ip of pods.items.map(({ status }) => status.podIP).filter((one) => one !== undefined)) {
      for (const [kind, target] of [
        ["metrics", "metrics"],
        ["jobs", "debug/jobs/list"],
      ] as const)
        writeFileSync(path.join(folder, "managers", `${ms}-${ip}.${kind}.txt`), await (await fetch(`http://${ip}:9252/${target}`)).text());
    }
  };
  let running = true;
  const taking = (async () => {
    while (running) {
      await take().catch((error: unknown) => console.log(`a page is missing: ${String(error)}`));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    async stop() {
      running = false;
      await taking;
      for (const stop of watches) await stop();
      writeFileSync(path.join(folder, "nodes.json"), await api.call("GET", "/api/v1/nodes"));
      const apps = `/apis/apps/v1/namespaces/${RUNNER_NAMESPACE}`;
      const lists = await Promise.all(["deployments", "replicasets"].map((name) => api.call("GET", `${apps}/${name}`)));
      const items = lists.flatMap((text) => (JSON.parse(text) as { items: object[] }).items);
      writeFileSync(path.join(folder, "workloads.json"), JSON.stringify({ items }));
      api.close();
    },
  };
}
