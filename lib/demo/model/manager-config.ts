import type { RunnerSpec } from "./cluster-spec.ts";
import { wholeSeconds, type KubeObject } from "./objects.ts";

/** The ConfigMap that a release's managers mount; one file holds all, as where the chart's template is not used. Its uid is made from the Deployment's. */
export function buildConfigMap(runner: RunnerSpec, gitlabUrl: string, deploymentUid: string, bornAt: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      creationTimestamp: wholeSeconds(bornAt),
      labels: { app: runner.release, chart: runner.chart, heritage: "Helm", release: runner.release },
      name: runner.release,
      namespace: runner.namespace,
      uid: deploymentUid.replace(/^.{8}/, "c0f16a9e"),
    },
    data: { "config.toml": configToml(runner, gitlabUrl) },
  };
}

function configToml(runner: RunnerSpec, gitlabUrl: string): string {
  return `concurrent = ${runner.concurrent}
check_interval = 3
log_level = "info"
listen_address = ":9252"
shutdown_timeout = 30

[[runners]]
  name = "${runner.name}"
  url = "${gitlabUrl}"
  token = "glrt-${runner.token}"
  executor = "kubernetes"
  limit = ${runner.limit}
  request_concurrency = ${runner.requestConcurrency}
  [runners.kubernetes]
    namespace = "${runner.jobNamespace}"
    helper_image = "${runner.helperImage}"
    privileged = true
    poll_timeout = 180
`;
}
