import type { RunnerSpec } from "./cluster-spec.ts";

const HOME = "/home/gitlab-runner/.gitlab-runner";

export function imageOf(runner: RunnerSpec): string {
  return `registry.gitlab.com/gitlab-org/gitlab-runner:alpine-v${runner.version}`;
}

/** As the API server completes a probe that the chart writes. */
function probe(initialDelaySeconds: number, periodSeconds: number): object {
  const command = ["/usr/bin/pgrep", "gitlab.*runner"];
  return { exec: { command }, failureThreshold: 3, initialDelaySeconds, periodSeconds, successThreshold: 1, timeoutSeconds: 1 };
}

/** The pod of the Helm chart's Deployment: the configuration is mounted and copied to a folder that can be written. `token`: name of the volume that admission adds. */
export function podTemplate(runner: RunnerSpec, port: number, token: string | null = null): Record<string, unknown> {
  const mounts = [
    { mountPath: "/configmaps", name: "configmaps" },
    { mountPath: HOME, name: "etc-gitlab-runner" },
    ...(token === null ? [] : [{ mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", name: token, readOnly: true }]),
  ];
  return {
    containers: [
      {
        command: ["/bin/bash", "/configmaps/entrypoint"],
        image: imageOf(runner),
        imagePullPolicy: "IfNotPresent",
        livenessProbe: probe(60, 10),
        name: runner.release,
        ports: [{ containerPort: port, name: "metrics", protocol: "TCP" }],
        readinessProbe: probe(10, 10),
        resources: { limits: { cpu: "1", memory: "512Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
        volumeMounts: mounts,
      },
    ],
    dnsPolicy: "ClusterFirst",
    enableServiceLinks: false,
    restartPolicy: "Always",
    schedulerName: "default-scheduler",
    securityContext: {},
    serviceAccount: runner.release,
    serviceAccountName: runner.release,
    terminationGracePeriodSeconds: 3600,
    volumes: [
      { configMap: { defaultMode: 420, name: runner.release }, name: "configmaps" },
      { emptyDir: { medium: "Memory" }, name: "etc-gitlab-runner" },
    ],
  };
}
