import type { ClusterSpec, RunnerSpec } from "./cluster-spec.ts";
import type { JobSpec } from "./job-spec.ts";

export interface Variable {
  name: string;
  value?: string;
}

/** Feature flags of gitlab-runner 19.4 with their defaults, as they stand in a pod's env (helpers/featureflags/flags.go). */
const FLAGS: readonly Variable[] = Object.freeze(
  [
    ["TEST_FEATURE"],
    ["NETWORK_PER_BUILD"],
    ["USE_LEGACY_KUBERNETES_EXECUTION_STRATEGY"],
    ["USE_DIRECT_DOWNLOAD", "true"],
    ["USE_FASTZIP", "true"],
    ["DISABLE_UMASK_FOR_DOCKER_EXECUTOR"],
    ["ENABLE_BASH_EXIT_CODE_CHECK"],
    ["USE_WINDOWS_LEGACY_PROCESS_STRATEGY"],
    ["USE_LEGACY_BASH_EVAL"],
    ["USE_POWERSHELL_PATH_RESOLVER"],
    ["USE_DYNAMIC_TRACE_FORCE_SEND_INTERVAL"],
    ["SCRIPT_SECTIONS"],
    ["ENABLE_JOB_CLEANUP"],
    ["KUBERNETES_HONOR_ENTRYPOINT"],
    ["POSIXLY_CORRECT_ESCAPES"],
    ["RESOLVE_FULL_TLS_CHAIN"],
    ["DISABLE_POWERSHELL_STDIN"],
    ["USE_POD_ACTIVE_DEADLINE_SECONDS", "true"],
    ["USE_ADVANCED_POD_SPEC_CONFIGURATION"],
    ["SECRET_RESOLVING_FAILS_IF_MISSING", "true"],
    ["PRINT_POD_EVENTS"],
    ["USE_GIT_BUNDLE_URIS", "true"],
    ["USE_GIT_NATIVE_CLONE"],
    ["USE_DUMB_INIT_WITH_KUBERNETES_EXECUTOR"],
    ["USE_INIT_WITH_DOCKER_EXECUTOR"],
    ["LOG_IMAGES_CONFIGURED_FOR_JOB"],
    ["USE_DOCKER_AUTOSCALER_DIAL_STDIO", "true"],
    ["CLEAN_UP_FAILED_CACHE_EXTRACT"],
    ["USE_WINDOWS_JOB_OBJECT"],
    ["TIMESTAMPS", "true"],
    ["DISABLE_AUTOMATIC_TOKEN_ROTATION"],
    ["USE_LEGACY_GCS_CACHE_ADAPTER"],
    ["DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR"],
    ["USE_LEGACY_S3_CACHE_ADAPTER"],
    ["GIT_URLS_WITHOUT_TOKENS"],
    ["WAIT_FOR_POD_TO_BE_REACHABLE"],
    ["MASK_ALL_DEFAULT_TOKENS", "true"],
    ["EXPORT_HIGH_CARDINALITY_METRICS"],
    ["USE_FLEETING_ACQUIRE_HEARTBEATS"],
    ["USE_EXPONENTIAL_BACKOFF_STAGE_RETRY", "true"],
    ["USE_ADAPTIVE_REQUEST_CONCURRENCY", "true"],
    ["USE_GITALY_CORRELATION_ID", "true"],
    ["USE_GIT_PROACTIVE_AUTH"],
    ["HASH_CACHE_KEYS"],
    ["ENABLE_JOB_INPUTS_INTERPOLATION", "true"],
    ["USE_JOB_ROUTER"],
    ["SCRIPT_TO_STEP_MIGRATION"],
    ["USE_PARALLEL_CACHE_TRANSFER"],
    ["USE_PARALLEL_ARTIFACT_TRANSFER"],
    ["CONCRETE"],
    ["SUSPENDABLE_ENVIRONMENTS"],
    ["USE_NATIVE_CONTAINER_STOP"],
  ].map(([name, value]) => Object.freeze({ name: `FF_${name}`, value: value ?? "false" })),
);

/** What a job knows once a manager took it. */
export interface TakenJob {
  id: number;
  pipelineId: number;
  sha: string;
  beforeSha: string;
  startedAt: number;
  /** `CI_CONCURRENT_ID` and `CI_CONCURRENT_PROJECT_ID`. */
  slot: number;
  projectSlot: number;
  user: { id: number; login: string; name: string };
}

/** The variables of a job that are public or internal: all of them stand in clear text in the env of `build` and the services. */
export function buildVariables(spec: JobSpec, job: TakenJob, runner: RunnerSpec, cluster: ClusterSpec, shortToken: string): Variable[] {
  const project = `${cluster.gitlabUrl}/${spec.project.path}`;
  const slug = spec.project.path.replaceAll("/", "-");
  const [namespace = ""] = spec.project.path.split(/\/(?=[^/]*$)/);
  const pairs: Pair[] = [
    ["CI_JOB_IMAGE", spec.image],
    ["CI_RUNNER_SHORT_TOKEN", shortToken],
    ["CI_BUILDS_DIR", "/builds"],
    ["CI_PROJECT_DIR", `/builds/${spec.project.path}`],
    ["CI_CONCURRENT_ID", job.slot],
    ["CI_CONCURRENT_PROJECT_ID", job.projectSlot],
    ["CI_SERVER", "yes"],
    ["CI_JOB_STATUS", "running"],
    ["CI_JOB_TIMEOUT", Math.round(spec.timeoutMs / 1000)],
    ["CI", "true"],
    ["GITLAB_CI", "true"],
    ["CI_JOB_ID", job.id],
    ["CI_JOB_NAME", spec.name],
    ["CI_JOB_NAME_SLUG", spec.name.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase()],
    ["CI_JOB_STAGE", spec.stage],
    ["CI_JOB_URL", `${project}/-/jobs/${job.id}`],
    ["CI_JOB_STARTED_AT", new Date(job.startedAt).toISOString()],
    ["CI_NODE_TOTAL", 1],
    ["CI_PIPELINE_ID", job.pipelineId],
    ["CI_PIPELINE_IID", job.pipelineId],
    ["CI_PIPELINE_SOURCE", "push"],
    ["CI_PIPELINE_URL", `${project}/-/pipelines/${job.pipelineId}`],
    ["CI_PROJECT_ID", spec.project.id],
    ["CI_PROJECT_NAME", spec.project.name],
    ["CI_PROJECT_TITLE", spec.project.name],
    ["CI_PROJECT_PATH", spec.project.path],
    ["CI_PROJECT_PATH_SLUG", slug],
    ["CI_PROJECT_NAMESPACE", namespace],
    ["CI_PROJECT_NAMESPACE_ID", spec.project.namespaceId],
    ["CI_PROJECT_ROOT_NAMESPACE", namespace.split("/")[0] ?? ""],
    ["CI_PROJECT_URL", project],
    ...commitPairs(spec, job),
    ...serverPairs(cluster),
    ...runnerPairs(spec, job, runner),
  ];
  return [...FLAGS, ...pairs.map(([name, value]) => ({ name, ...(value === "" ? {} : { value: String(value) }) }))];
}

type Pair = [string, string | number];

function commitPairs(spec: JobSpec, job: TakenJob): Pair[] {
  return [
    ["CI_COMMIT_SHA", job.sha],
    ["CI_COMMIT_SHORT_SHA", job.sha.slice(0, 8)],
    ["CI_COMMIT_BEFORE_SHA", job.beforeSha],
    ["CI_COMMIT_REF_NAME", spec.ref],
    ["CI_COMMIT_REF_SLUG", spec.ref.replaceAll("/", "-")],
    ["CI_COMMIT_BRANCH", spec.ref],
    ["CI_DEFAULT_BRANCH", "main"],
  ];
}

function serverPairs(cluster: ClusterSpec): Pair[] {
  const url = new URL(cluster.gitlabUrl);
  return [
    ["CI_SERVER_NAME", "GitLab"],
    ["CI_SERVER_URL", cluster.gitlabUrl],
    ["CI_SERVER_HOST", url.hostname],
    ["CI_SERVER_PORT", url.port || "443"],
    ["CI_SERVER_PROTOCOL", url.protocol.slice(0, -1)],
    ["CI_SERVER_VERSION", cluster.gitlabVersion],
    ["CI_API_V4_URL", `${cluster.gitlabUrl}/api/v4`],
  ];
}

function runnerPairs(spec: JobSpec, job: TakenJob, runner: RunnerSpec): Pair[] {
  return [
    ["CI_RUNNER_ID", runner.gitlabId],
    ["CI_RUNNER_DESCRIPTION", runner.name],
    ["CI_RUNNER_TAGS", JSON.stringify(runner.tags)],
    ["GITLAB_USER_ID", job.user.id],
    ["GITLAB_USER_LOGIN", job.user.login],
    ["GITLAB_USER_NAME", job.user.name],
    ["GITLAB_USER_EMAIL", `${job.user.login}@example.test`],
    ...Object.entries(spec.variables),
    ["CI_DISPOSABLE_ENVIRONMENT", "true"],
    ["CI_RUNNER_VERSION", runner.version],
    ["CI_RUNNER_REVISION", runner.revision],
    ["CI_RUNNER_EXECUTABLE_ARCH", "linux/amd64"],
    ["RUNNER_TEMP_PROJECT_DIR", `/builds/${spec.project.path}.tmp`],
  ];
}
