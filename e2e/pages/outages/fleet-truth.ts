import { readFileSync } from "node:fs";
import { Agent, fetch } from "undici";

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { token: string } }[];
}

interface PodList {
  items: { metadata: { uid: string; annotations?: Record<string, string> } }[];
}

/** Keys (`<cluster>/<uid>`) of the job pods that the API servers of a kubeconfig have now, asked without the product. */
export async function jobPodKeys(kubeconfig: string): Promise<Set<string>> {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
  const keys = await Promise.all(
    clusters.map(async ({ name, cluster }, index) => {
      const ca = Buffer.from(cluster["certificate-authority-data"], "base64").toString();
      const response = await fetch(`${cluster.server}/api/v1/pods`, {
        headers: { authorization: `Bearer ${users[index]?.user.token}` },
        dispatcher: new Agent({ connect: { ca } }),
      });
      if (!response.ok) throw new Error(`${name}: ${response.status}`);
      const { items } = (await response.json()) as PodList;
      return items
        .filter(({ metadata }) => metadata.annotations?.["job.runner.gitlab.com/id"] !== undefined)
        .map(({ metadata }) => `${name}/${metadata.uid}`);
    }),
  );
  return new Set(keys.flat());
}

/** What a list shows wrongly against the truth; three empty lists: nothing lost, nothing left over, nothing doubled. */
export function compareKeys(shown: readonly string[], truth: ReadonlySet<string>): { lost: string[]; left: string[]; doubled: string[] } {
  return {
    lost: [...truth].filter((key) => !shown.includes(key)),
    left: shown.filter((key) => !truth.has(key)),
    doubled: shown.filter((key, index) => shown.indexOf(key) !== index),
  };
}
