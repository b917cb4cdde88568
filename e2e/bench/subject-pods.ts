import type { KubeApi } from "../kube-api.ts";

const NAMESPACE = "bench";

/** Pods shaped like the runner's, that no node will ever take: all their changes are ours. */
export function subjectPod(name: string, title: string): unknown {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: {
        pod: name,
        "job.runner.gitlab.com/pod": name,
        "project.runner.gitlab.com/id": "7",
        "project.runner.gitlab.com/name": "sample",
        "manager.runner.gitlab.com/id-short": "bench",
        "manager.runner.gitlab.com/name": "bench",
      },
      annotations: {
        "job.runner.gitlab.com/name": title,
        "job.runner.gitlab.com/id": name.replace(/\D/g, "") || "1",
        "job.runner.gitlab.com/ref": "main",
      },
    },
    spec: {
      restartPolicy: "Never",
      nodeSelector: { "runnerscope.bench/never": "true" },
      containers: [
        {
          name: "build",
          image: "localhost/tools:1",
          env: Array.from({ length: 60 }, (_, i) => ({ name: `CI_VARIABLE_${i}`, value: `value-${i}`.repeat(8) })),
        },
        { name: "helper", image: "localhost/gitlab-runner-helper:x86_64-v19.4.0" },
      ],
    },
  };
}

export async function makeNamespace(api: KubeApi): Promise<void> {
  await api.call("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    const ready = await api.call("GET", `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default`).then(
      () => true,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("The default service account of the bench namespace did not appear within 30 s.");
}

const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;

export async function createSubject(api: KubeApi, name: string, title: string): Promise<void> {
  await api.call("POST", pods, subjectPod(name, title));
}

/** Changes the job name that the row shows. */
export async function renameSubject(api: KubeApi, name: string, title: string): Promise<void> {
  await api.call(
    "PATCH",
    `${pods}/${name}`,
    { metadata: { annotations: { "job.runner.gitlab.com/name": title } } },
    "application/merge-patch+json",
  );
}

export async function deleteSubject(api: KubeApi, name: string): Promise<void> {
  await api.call("DELETE", `${pods}/${name}?gracePeriodSeconds=0`);
}

/** Patches each of these pods once a second, spread over the second, until stopped. */
export function startChurn(api: KubeApi, names: readonly string[]): () => void {
  let round = 0;
  const timers = names.map((name, index) => {
    let timer: NodeJS.Timeout | undefined;
    const start = setTimeout(
      () => {
        timer = setInterval(() => void renameSubject(api, name, `churn-${index}-${round++}`).catch(() => {}), 1_000);
      },
      (index / names.length) * 1_000,
    );
    return () => {
      clearTimeout(start);
      clearInterval(timer);
    };
  });
  return () => timers.forEach((stop) => stop());
}
