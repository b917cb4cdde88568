import { image } from "./images.ts";

/** The token of the one runner that all managers share; the coordinator takes any. */
const TOKEN = "glrt-bedtoken-0001";
/** Kubernetes' default is 30; the shells of a job pod ignore TERM, so every job would take that long to go. */
const GRACE_SECONDS = 10;

/** What a spec may change of the managers' configuration. */
export interface RunnerKnobs {
  concurrent?: number;
  /** `limit` of the one runner; 0: none. */
  limit?: number;
}

/** config.toml of the managers. `gitlab`: URL of the coordinator, which is also the object storage of the cache. */
export function runnerConfig(gitlab: string, namespace: string, { concurrent = 10, limit = 0 }: RunnerKnobs = {}): string {
  const host = new URL(gitlab).host;
  return `concurrent = ${concurrent}
check_interval = 3
log_level = "info"
listen_address = ":9252"
shutdown_timeout = 30
[[runners]]
  name = "k8s-runner"
  url = "${gitlab}"
  token = "${TOKEN}"
  executor = "kubernetes"
  limit = ${limit}
  request_concurrency = 2
  [runners.cache]
    Type = "s3"
    Shared = true
    [runners.cache.s3]
      ServerAddress = "${host}"
      AccessKey = "bed"
      SecretKey = "bed-secret"
      BucketName = "cache"
      BucketLocation = "us-east-1"
      Insecure = true
      PathStyle = true
  [runners.kubernetes]
    namespace = "${namespace}"
    image = "${image.tools}"
    helper_image = "${image.helper}"
    pull_policy = ["if-not-present"]
    privileged = true
    poll_timeout = 60
    pod_termination_grace_period_seconds = ${GRACE_SECONDS}
    poll_interval = 2
${resources()}
    [[runners.kubernetes.volumes.empty_dir]]
      name = "docker-lib"
      mount_path = "/var/lib/docker"
`;
}

/** Requests and limits of each container kind, and how far a job may change them. */
function resources(): string {
  const kinds = [
    { prefix: "", cpu: ["200m", "2"], memory: ["128Mi", "512Mi"] },
    { prefix: "helper_", cpu: ["50m", "500m"], memory: ["64Mi", "256Mi"] },
    { prefix: "service_", cpu: ["50m", "2"], memory: ["64Mi", "1Gi"] },
  ];
  const lines = kinds.flatMap(({ prefix, cpu, memory }) => [
    `${prefix}cpu_request = "${cpu[0]}"`,
    `${prefix}cpu_limit = "${cpu[1]}"`,
    `${prefix}memory_request = "${memory[0]}"`,
    `${prefix}memory_limit = "${memory[1]}"`,
    ...["cpu_request", "cpu_limit"].map((name) => `${prefix}${name}_overwrite_max_allowed = "4096"`),
    ...["memory_request", "memory_limit"].map((name) => `${prefix}${name}_overwrite_max_allowed = "64Ti"`),
  ]);
  return lines.map((line) => `    ${line}`).join("\n");
}
