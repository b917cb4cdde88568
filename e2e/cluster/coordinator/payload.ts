import type { QueuedJob } from "./job.ts";
import type { JobSpec } from "./job-spec.ts";

/** The one repository that all projects share. */
export interface Commits {
  head: string;
  before: string;
}
export interface PayloadContext extends Commits {
  /** URL under which job pods reach the coordinator, without a slash at its end. */
  base: string;
  /** Jobs that still wait. */
  waiting: number;
  dependencies: readonly QueuedJob[];
}

interface Variable {
  key: string;
  value: string;
  public: boolean;
  masked?: boolean;
}

const PROJECT_ID = 7;
const NAMESPACE_ID = 3;
/** What the runner may report (GitLab: app/models/concerns/enums/ci/commit_status.rb); it falls back to `unknown_failure` for others. */
const FAILURE_REASONS = [
  "unknown_failure",
  "script_failure",
  "api_failure",
  "stuck_or_timeout_failure",
  "runner_system_failure",
  "job_execution_timeout",
  "image_pull_failure",
  "runner_configuration_error",
  "runner_external_dependency_failure",
  "runner_interrupted",
];

const slug = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
const toVariables = (entries: Record<string, string | number>): Variable[] =>
  Object.entries(entries).map(([key, value]) => ({ key, value: String(value), public: true }));
const namespaceOf = (spec: JobSpec) => spec.project.split("/").slice(0, -1).join("/");
const nameOf = (spec: JobSpec) => spec.project.split("/").at(-1) ?? "";

/** The answer to `POST jobs/request` (gitlab-runner: common/spec/spec.go; GitLab: lib/api/entities/ci/job_request). */
export function jobPayload(job: QueuedJob, context: PayloadContext): object {
  const { record, spec, token } = job;
  const { base, head, before } = context;
  const url = new URL(base);
  const repository = `${url.protocol}//gitlab-ci-token:${token}@${url.host}/${spec.project}.git`;
  return {
    id: record.id,
    token,
    allow_git_fetch: true,
    job_info: jobInfo(job, context.waiting),
    git_info: {
      repo_url: repository,
      repo_object_format: "sha1",
      ref: "main",
      sha: head,
      before_sha: before,
      ref_type: "branch",
      refspecs: ["+refs/heads/main:refs/remotes/origin/main"],
      depth: 20,
      protected: true,
    },
    runner_info: { uuid: "bed", timeout: spec.timeout },
    variables: jobVariables(job, context, repository),
    steps: steps(spec),
    image: { name: spec.image ?? "" },
    services: spec.services.map(({ variables, ...service }) => ({ ...service, ...(variables && { variables: toVariables(variables) }) })),
    artifacts:
      spec.artifacts.length === 0
        ? []
        : [
            {
              name: "",
              untracked: false,
              exclude: [],
              when: "on_success",
              artifact_type: "archive",
              artifact_format: "zip",
              expire_in: "1 week",
              paths: spec.artifacts,
            },
          ],
    cache:
      spec.cache.length === 0
        ? []
        : [{ key: "default", untracked: false, policy: "pull-push", when: "on_success", fallback_keys: [], paths: spec.cache }],
    credentials: [],
    dependencies: context.dependencies.map(dependency),
    features: { trace_sections: true, token_mask_prefixes: ["glpat-", "gldt-", "glrt-", "glcbt-"], failure_reasons: FAILURE_REASONS },
  };
}

function jobInfo({ record, spec, pipelineId }: QueuedJob, waiting: number): object {
  return {
    id: record.id,
    name: record.name,
    stage: spec.stage,
    pipeline_id: pipelineId,
    project_id: PROJECT_ID,
    project_name: nameOf(spec),
    project_full_path: spec.project,
    namespace_id: NAMESPACE_ID,
    root_namespace_id: NAMESPACE_ID,
    organization_id: 1,
    instance_id: "bed",
    instance_uuid: "bed",
    user_id: 1,
    time_in_queue_seconds: (Date.parse(record.started_at ?? record.queued_at) - Date.parse(record.queued_at)) / 1_000,
    project_jobs_running_on_instance_runners_count: "0",
    queue_size: waiting,
    queue_depth: 1,
  };
}

function steps(spec: JobSpec): object[] {
  const script = { name: "script", script: spec.script, timeout: spec.timeout, when: "on_success", allow_failure: false };
  if (!spec.after_script) return [script];
  return [script, { name: "after_script", script: spec.after_script, timeout: spec.timeout, when: "always", allow_failure: true }];
}

function dependency({ record, token }: QueuedJob): object {
  const archive = record.artifacts.find((artifact) => artifact.type === "archive");
  return {
    id: record.id,
    token,
    name: record.name,
    ...(archive && { artifacts_file: { filename: archive.filename, size: archive.size } }),
  };
}

/** The predefined variables (docs.gitlab.com/ci/variables/predefined_variables) that shells, executor and helper read. */
function jobVariables(job: QueuedJob, context: PayloadContext, repository: string): Variable[] {
  const { record, spec, token, pipelineId } = job;
  const { base, head, before } = context;
  const url = new URL(base);
  const namespace = namespaceOf(spec);
  const web = `${base}/${spec.project}`;
  const predefined = {
    CI: "true",
    GITLAB_CI: "true",
    CI_JOB_ID: record.id,
    CI_JOB_NAME: record.name,
    CI_JOB_NAME_SLUG: slug(record.name),
    CI_JOB_STAGE: spec.stage,
    CI_JOB_URL: `${web}/-/jobs/${record.id}`,
    CI_JOB_TIMEOUT: spec.timeout,
    CI_JOB_STARTED_AT: record.started_at ?? "",
    CI_NODE_TOTAL: 1,
    CI_PIPELINE_ID: pipelineId,
    CI_PIPELINE_IID: pipelineId,
    CI_PIPELINE_SOURCE: "push",
    CI_PIPELINE_URL: `${web}/-/pipelines/${pipelineId}`,
    CI_PROJECT_ID: PROJECT_ID,
    CI_PROJECT_NAME: nameOf(spec),
    CI_PROJECT_TITLE: nameOf(spec),
    CI_PROJECT_PATH: spec.project,
    CI_PROJECT_PATH_SLUG: slug(spec.project),
    CI_PROJECT_NAMESPACE: namespace,
    CI_PROJECT_NAMESPACE_ID: NAMESPACE_ID,
    CI_PROJECT_ROOT_NAMESPACE: namespace.split("/")[0] ?? "",
    CI_PROJECT_URL: web,
    CI_COMMIT_SHA: head,
    CI_COMMIT_SHORT_SHA: head.slice(0, 8),
    CI_COMMIT_BEFORE_SHA: before,
    CI_COMMIT_REF_NAME: "main",
    CI_COMMIT_REF_SLUG: "main",
    CI_COMMIT_BRANCH: "main",
    CI_DEFAULT_BRANCH: "main",
    CI_SERVER: "yes",
    CI_SERVER_NAME: "GitLab",
    CI_SERVER_URL: base,
    CI_SERVER_HOST: url.hostname,
    CI_SERVER_PORT: url.port || 80,
    CI_SERVER_PROTOCOL: url.protocol.slice(0, -1),
    CI_SERVER_VERSION: "19.4.0",
    CI_API_V4_URL: `${base}/api/v4`,
    CI_RUNNER_ID: 1,
    CI_RUNNER_DESCRIPTION: "bed",
    CI_RUNNER_TAGS: "[]",
    GITLAB_USER_ID: 1,
    GITLAB_USER_LOGIN: "dev",
    GITLAB_USER_NAME: "Dev",
    GITLAB_USER_EMAIL: "dev@example.test",
  };
  return [
    ...toVariables(predefined),
    { key: "CI_JOB_TOKEN", value: token, public: false, masked: true },
    { key: "CI_REPOSITORY_URL", value: repository, public: false },
    ...(spec.git ? [] : toVariables({ GIT_STRATEGY: "none" })),
    ...toVariables(spec.variables),
  ];
}
