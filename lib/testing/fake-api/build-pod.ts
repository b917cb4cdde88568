import { randomUUID } from "node:crypto";
import { PLANTED } from "./planted-secrets.ts";
import { wholeSeconds, type RawContainer, type RawPod } from "./pod-shape.ts";

export interface JobPodOptions {
  /** GitLab's job id; default 1001. */
  job?: number;
  name?: string;
  namespace?: string;
  uid?: string;
  /** `group/project`; default "payments/api". */
  project?: string;
  projectId?: number;
  /** The job's name in `.gitlab-ci.yml`. */
  jobName?: string;
  ref?: string;
  stage?: string;
  /** First 9 characters of the runner token. */
  shortToken?: string;
  runnerName?: string;
  slot?: number;
  image?: string;
  /** Services by alias, each with its image; the container has the alias' name (runner ≥ 17.9). */
  services?: Record<string, string>;
  limits?: { cpu: string; memory: string } | null;
  requests?: { cpu: string; memory: string };
  /** "attach": runner ≥ 17.9, helper and init container. "legacy": only the label `pod`, no init container. "concrete": FF_CONCRETE, no helper. */
  shape?: "attach" | "legacy" | "concrete";
  /** Puts a secret everywhere a real pod has one. */
  secrets?: boolean;
  createdMs?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

type Settled = Required<Omit<JobPodOptions, "uid" | "name">> & { name: string; uid: string };

const DEFAULTS = {
  job: 1001,
  namespace: "ci",
  project: "payments/api",
  projectId: 7,
  jobName: "unit-test",
  ref: "main",
  stage: "test",
  shortToken: "t1Abcdef2",
  runnerName: "k8s-runner",
  slot: 0,
  image: "registry.example.com/build/node:24",
  services: {},
  limits: { cpu: "2", memory: "2Gi" },
  requests: { cpu: "500m", memory: "512Mi" },
  shape: "attach",
  secrets: true,
  labels: {},
  annotations: {},
} as const satisfies Partial<JobPodOptions>;

const HELPER_IMAGE = "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v18.3.0";
const SHELL = [
  "sh",
  "-c",
  "if [ -x /usr/local/bin/bash ]; then\n\texec /usr/local/bin/bash \nelif [ -x /bin/sh ]; then\n\texec /bin/sh \nelse\n\techo shell not found\n\texit 1\nfi\n\n",
];

/** A job pod as the Kubernetes executor makes it, just created: Pending, no node. */
export function buildJobPod(options: JobPodOptions = {}): RawPod {
  const base = `runner-${(options.shortToken ?? DEFAULTS.shortToken).toLowerCase().replace(/[^a-z0-9-]/g, "")}-project-${options.projectId ?? DEFAULTS.projectId}-concurrent-${options.slot ?? 0}`;
  const uid = options.uid ?? randomUUID();
  const settled: Settled = {
    ...DEFAULTS,
    createdMs: Date.now(),
    name: `${base.slice(0, 54)}-${uid.replaceAll("-", "").slice(0, 8)}`,
    ...options,
    uid,
  };
  const created = wholeSeconds(settled.createdMs);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: settled.name,
      namespace: settled.namespace,
      uid,
      creationTimestamp: created,
      generation: 1,
      labels: { ...labelsOf(settled, base), ...settled.labels },
      annotations: { ...annotationsOf(settled), ...settled.annotations },
      managedFields: [managedFields(created)],
    },
    spec: {
      activeDeadlineSeconds: 3601,
      affinity: {},
      ...(settled.shape === "legacy" ? {} : { initContainers: [initContainer(settled)] }),
      containers: containersOf(settled),
      dnsPolicy: "ClusterFirst",
      enableServiceLinks: true,
      ...hostAliases(settled),
      preemptionPolicy: "PreemptLowerPriority",
      priority: 0,
      restartPolicy: "Never",
      schedulerName: "default-scheduler",
      securityContext: {},
      serviceAccount: "default",
      serviceAccountName: "default",
      terminationGracePeriodSeconds: 30,
      volumes: volumesOf(settled),
    },
    status: { phase: "Pending", qosClass: "Burstable" },
  };
}

function labelsOf({ shape, project, projectId, shortToken, runnerName, secrets }: Settled, base: string): Record<string, string> {
  const planted = secrets ? { "team.example.com/key": PLANTED.label } : {};
  if (shape === "legacy") return { pod: base, ...planted };
  const [root = "", ...rest] = project.split("/");
  return {
    "job.runner.gitlab.com/pod": base,
    "manager.runner.gitlab.com/id-short": shortToken,
    "manager.runner.gitlab.com/name": runnerName.replace(/[^A-Za-z0-9._-]/g, "_"),
    pod: base,
    "project.runner.gitlab.com/id": String(projectId),
    "project.runner.gitlab.com/name": rest.at(-1) ?? root,
    "project.runner.gitlab.com/namespace": project.split("/").slice(0, -1).join("_"),
    "project.runner.gitlab.com/namespace-id": "3",
    "project.runner.gitlab.com/root-namespace": root,
    "project.runner.gitlab.com/root-namespace-id": "3",
    ...planted,
  };
}

function annotationsOf({ job, project, projectId, ref, jobName, secrets }: Settled): Record<string, string> {
  return {
    "job.runner.gitlab.com/before_sha": "da06a950f5b0afc731a807059533b955c250eba3",
    "job.runner.gitlab.com/id": String(job),
    "job.runner.gitlab.com/name": jobName,
    "job.runner.gitlab.com/ref": ref,
    "job.runner.gitlab.com/sha": "afe00de21798046cc024bd5f6ca62fe2dcb842d6",
    "job.runner.gitlab.com/timeout": "1h0m0s",
    "job.runner.gitlab.com/url": `https://gitlab.example.com/${project}/-/jobs/${job}`,
    "project.runner.gitlab.com/id": String(projectId),
    ...(secrets
      ? {
          "deploy.example.com/token": PLANTED.annotation,
          "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({
            spec: { containers: [{ env: [{ name: "API_KEY", value: PLANTED.lastApplied }] }] },
          }),
        }
      : {}),
  };
}

function containersOf(settled: Settled): RawContainer[] {
  const { shape, image, limits, requests, services, secrets } = settled;
  const resources = { ...(limits ? { limits } : {}), requests };
  const build = {
    ...common(settled, "build", secrets ? image.replace(/^([^/]+)\//, `ci:${PLANTED.imagePassword}@$1/`) : image),
    resources,
  };
  const command = secrets ? [...SHELL, `# ${PLANTED.command}`] : SHELL;
  const list: RawContainer[] = [{ ...build, command, ...(shape === "concrete" ? {} : { env: jobEnv(settled, PLANTED.env) }) }];
  if (shape !== "concrete") list.push({ ...common(settled, "helper", HELPER_IMAGE), command: SHELL, resources: HELPER_RESOURCES });
  for (const [alias, serviceImage] of Object.entries(services).toSorted(([one], [other]) => one.localeCompare(other))) {
    const args = secrets ? { args: ["--password", PLANTED.args] } : {};
    list.push({ ...common(settled, alias, serviceImage), env: jobEnv(settled, PLANTED.serviceEnv), ...args, resources: SERVICE_RESOURCES });
  }
  return list;
}

const HELPER_RESOURCES = { limits: { cpu: "500m", memory: "256Mi" }, requests: { cpu: "50m", memory: "64Mi" } };
const SERVICE_RESOURCES = { limits: { cpu: "2", memory: "1Gi" }, requests: { cpu: "50m", memory: "64Mi" } };

function common({ projectId, job, shape }: Settled, name: string, image: string) {
  const mounts = [
    { mountPath: `/scripts-${projectId}-${job}`, name: "scripts" },
    ...(shape === "attach" ? [{ mountPath: `/logs-${projectId}-${job}`, name: "logs" }] : []),
    { mountPath: "/builds", name: "repo" },
    { mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", name: "kube-api-access-7bhf4", readOnly: true },
  ];
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    securityContext: { capabilities: { drop: ["NET_RAW"] }, privileged: image.includes("docker") && image.includes("dind") },
    ...(name.startsWith("init-") ? {} : { stdin: true }),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    volumeMounts: shape === "legacy" ? mounts.filter((mount) => mount.name !== "scripts") : mounts,
  };
}

function initContainer(settled: Settled): RawContainer {
  const log = `/logs-${settled.projectId}-${settled.job}/output.log`;
  if (settled.shape === "concrete") {
    return {
      ...common(settled, "init-steps-bootstrap", HELPER_IMAGE),
      terminationMessagePolicy: "FallbackToLogsOnError",
      resources: HELPER_RESOURCES,
    };
  }
  return {
    ...common(settled, "init-permissions", HELPER_IMAGE),
    command: ["sh", "-c", `touch ${log} && (chmod 777 ${log} || exit 0)`],
    resources: HELPER_RESOURCES,
  };
}

/** Public and internal variables stand in clear text in the spec (Variables.PublicOrInternal). */
function jobEnv({ job, jobName, stage, project, ref, secrets }: Settled, secret: string) {
  const values = {
    CI: "true",
    GITLAB_CI: "true",
    CI_JOB_ID: String(job),
    CI_JOB_NAME: jobName,
    CI_JOB_STAGE: stage,
    CI_PIPELINE_ID: String(job + 500),
    CI_PROJECT_PATH: project,
    CI_COMMIT_REF_NAME: ref,
    CI_RUNNER_TAGS: "[]",
    GITLAB_USER_LOGIN: "dev",
    GITLAB_USER_EMAIL: "dev@example.com",
    ...(secrets ? { DEPLOY_TOKEN: secret, DB_PASSWORD: `${secret}-db` } : {}),
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function hostAliases({ services }: Settled) {
  const entries = Object.entries(services);
  if (entries.length === 0) return {};
  const names = entries.flatMap(([alias, image]) => [
    image
      .replace(/[:@].*$/, "")
      .replaceAll("/", "-")
      .replace(/[^a-z0-9-]/g, ""),
    alias,
  ]);
  return { hostAliases: [{ ip: "127.0.0.1", hostnames: [...new Set(names)] }] };
}

function volumesOf({ shape, secrets }: Settled) {
  const names = shape === "legacy" ? ["repo"] : shape === "concrete" ? ["repo", "scripts", "cache"] : ["repo", "scripts", "logs"];
  return [
    ...names.map((name) => ({ name, emptyDir: {} })),
    ...(secrets ? [{ name: "vault", csi: { driver: "secrets.example.com", volumeAttributes: { token: PLANTED.volume } } }] : []),
    {
      name: "kube-api-access-7bhf4",
      projected: { defaultMode: 420, sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: "token" } }] },
    },
  ];
}

function managedFields(time: string) {
  const fieldsV1 = {
    "f:spec": { "f:containers": { 'k:{"name":"build"}': { "f:env": { 'k:{"name":"DEPLOY_TOKEN"}': { "f:name": {}, "f:value": {} } } } } },
  };
  return { apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1, manager: "gitlab-runner", operation: "Update", time };
}
