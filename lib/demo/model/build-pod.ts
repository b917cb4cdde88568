import { buildVariables, type TakenJob, type Variable } from "./build-variables.ts";
import type { ClusterSpec, RunnerSpec } from "./cluster-spec.ts";
import type { ContainerPlan } from "./container.ts";
import type { Amounts, ContainerResources, JobSpec, ServiceSpec } from "./job-spec.ts";
import { creatorFields } from "./managed-fields.ts";
import { cpuQuantity, memoryQuantity, wholeSeconds, type KubeObject } from "./objects.ts";
import type { PodRuntime } from "./pod.ts";
import type { Random } from "./random.ts";
import { runnerTraits, type RunnerTraits } from "./runner-traits.ts";

/** The shell detection that gitlab-runner puts into `build` and `helper` (shells/bash.go BashDetectShellScript). */
const SHELLS = ["/usr/local/bin/bash", "/usr/bin/bash", "/bin/bash", "/usr/local/bin/sh", "/usr/bin/sh", "/bin/sh", "/busybox/sh"];
const DETECT = `if ${SHELLS.map((shell) => `[ -x ${shell} ]; then\n\texec ${shell} `).join("\nelif ")}\nelse\n\techo shell not found\n\texit 1\nfi\n\n`;
const COMMAND = ["sh", "-c", DETECT];
const TERMINATION = { terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File" } as const;

export interface BuiltPod {
  object: KubeObject;
  plans: ContainerPlan[];
  qosClass: PodRuntime["qosClass"];
}

interface Context {
  spec: JobSpec;
  job: TakenJob;
  runner: RunnerSpec;
  cluster: ClusterSpec;
  traits: RunnerTraits;
  env: Variable[];
}

type Mount = { mountPath: string; name: string; readOnly?: boolean };

/** The job's pod as GitLab Runner creates it with the attach strategy (executors/kubernetes/kubernetes.go), after admission. */
export function buildJobPod(spec: JobSpec, job: TakenJob, runner: RunnerSpec, cluster: ClusterSpec, random: Random, at: number): BuiltPod {
  const traits = runnerTraits(runner);
  const env = buildVariables(spec, job, runner, cluster, traits.shortToken);
  const context: Context = { spec, job, runner, cluster, traits, env };
  const plans = planContainers(context);
  const token = `kube-api-access-${random.suffix(5)}`;
  const own: Mount[] = [
    { mountPath: `/scripts-${spec.project.id}-${job.id}`, name: "scripts" },
    { mountPath: `/logs-${spec.project.id}-${job.id}`, name: "logs" },
    ...(spec.privileged ? [{ mountPath: "/var/lib/docker", name: "docker-lib" }] : []),
    { mountPath: "/builds", name: "repo" },
  ];
  const asked = buildSpec(context, plans, own);
  const mounts = [...own, { mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", name: token, readOnly: true }];
  const admitted = admit(buildSpec(context, plans, mounts), token);
  const base = baseName(context);
  const metadata = { annotations: annotationsOf(context), labels: labelsOf(context, base) };
  const name = `${base.slice(0, 54)}-${random.suffix(8)}`;
  const manager = `gitlab-runner ${runner.version} (main; go1.26.8; linux`;
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      creationTimestamp: wholeSeconds(at),
      generation: 1,
      managedFields: [creatorFields(manager, at, metadata, asked)],
      name,
      namespace: runner.jobNamespace,
      uid: random.uid(),
    },
    spec: admitted,
    status: {},
  };
  return { object, plans, qosClass: qosClassOf(plans, traits.hasPodResources && cluster.minor >= 34) };
}

/** `runner-<short>-project-<id>-concurrent-<n>`, made RFC 1123 compatible. */
function baseName({ traits, spec, job }: Context): string {
  return `runner-${traits.shortToken}-project-${spec.project.id}-concurrent-${job.projectSlot}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "")
    .slice(0, 63);
}

function annotationsOf({ spec, job, cluster, traits }: Context): Record<string, string> {
  return {
    "job.runner.gitlab.com/before_sha": job.beforeSha,
    "job.runner.gitlab.com/id": String(job.id),
    "job.runner.gitlab.com/name": spec.name,
    "job.runner.gitlab.com/ref": spec.ref,
    "job.runner.gitlab.com/sha": job.sha,
    ...(traits.hasTimeoutAnnotation ? { "job.runner.gitlab.com/timeout": goDuration(spec.timeoutMs) } : {}),
    "job.runner.gitlab.com/url": `${cluster.gitlabUrl}/${spec.project.path}/-/jobs/${job.id}`,
    "project.runner.gitlab.com/id": String(spec.project.id),
  };
}

function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m${seconds % 60}s`;
}

function labelsOf({ spec, runner, traits }: Context, base: string): Record<string, string> {
  if (!traits.hasLabels) return { pod: base };
  const [namespace = ""] = spec.project.path.split(/\/(?=[^/]*$)/);
  return {
    "job.runner.gitlab.com/pod": base,
    "manager.runner.gitlab.com/id-short": traits.shortToken,
    "manager.runner.gitlab.com/name": sanitizeLabel(runner.name),
    pod: base,
    "project.runner.gitlab.com/id": String(spec.project.id),
    "project.runner.gitlab.com/name": sanitizeLabel(spec.project.name),
    "project.runner.gitlab.com/namespace": sanitizeLabel(namespace),
    "project.runner.gitlab.com/namespace-id": String(spec.project.namespaceId),
    "project.runner.gitlab.com/root-namespace": sanitizeLabel(namespace.split("/")[0] ?? ""),
    ...(traits.hasRootNamespaceId ? { "project.runner.gitlab.com/root-namespace-id": String(spec.project.namespaceId) } : {}),
  };
}

/** executors/kubernetes/util.go sanitizeLabel. */
function sanitizeLabel(value: string): string {
  return value
    .replaceAll(/[^A-Za-z0-9._-]/g, "_")
    .replaceAll(/^[-_.]+|[-_.]+$/g, "")
    .slice(0, 63)
    .replaceAll(/[-_.]+$/g, "");
}

function planContainers({ spec, runner, traits }: Context): ContainerPlan[] {
  const used = new Set(["build", "helper"]);
  let unnamed = 0;
  const nameOf = (service: ServiceSpec) => {
    const alias = service.alias ?? "";
    if (!traits.namesServicesByAlias || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(alias) || used.has(alias)) return `svc-${unnamed++}`;
    used.add(alias);
    return alias;
  };
  return [
    { name: "init-permissions", role: "init", image: runner.helperImage, resources: spec.helper, service: null, oomVictim: "main" },
    { name: "build", role: "build", image: spec.image, resources: spec.build, service: null, oomVictim: "child" },
    { name: "helper", role: "helper", image: runner.helperImage, resources: spec.helper, service: null, oomVictim: "child" },
    ...spec.services.map((service): ContainerPlan => ({
      name: nameOf(service),
      role: "service",
      image: service.image,
      resources: service.resources,
      service,
      oomVictim: service.oomVictim,
    })),
  ];
}

function buildSpec(context: Context, plans: ContainerPlan[], mounts: Mount[]): Record<string, unknown> {
  const { spec, runner, env, traits } = context;
  const aliases = spec.services.flatMap((service) => [serviceHost(service.image), ...(service.alias === null ? [] : [service.alias])]);
  const init = `touch ${mounts[1]?.mountPath}/output.log && (chmod 777 ${mounts[1]?.mountPath}/output.log || exit 0)`;
  const write = (plan: ContainerPlan) =>
    buildContainer(
      plan,
      plan.role === "init" ? ["sh", "-c", init] : COMMAND,
      plan.role === "build" || plan.role === "service" ? env : null,
      spec.privileged,
      mounts,
    );
  return {
    activeDeadlineSeconds: Math.round(spec.timeoutMs / 1000) + 1,
    affinity: {},
    containers: plans.filter((plan) => plan.role !== "init").map(write),
    dnsPolicy: "ClusterFirst",
    enableServiceLinks: true,
    ...(aliases.length > 0 ? { hostAliases: [{ hostnames: [...new Set(aliases)], ip: "127.0.0.1" }] } : {}),
    initContainers: plans.filter((plan) => plan.role === "init").map(write),
    ...(traits.hasPodResources ? { resources: {} } : {}),
    restartPolicy: "Never",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: runner.graceSeconds,
    volumes: [...(spec.privileged ? ["docker-lib"] : []), "repo", "scripts", "logs"].map((name) => ({ emptyDir: {}, name })),
  };
}

/** `registry/group/name:tag` → `registry-group-name` (executors/kubernetes/host_aliases.go). */
function serviceHost(image: string): string {
  return image.replace(/[:@][^/]*$/, "").replaceAll("/", "-");
}

function buildContainer(
  plan: ContainerPlan,
  command: string[],
  env: Variable[] | null,
  privileged: boolean,
  mounts: Mount[],
): Record<string, unknown> {
  const { service } = plan;
  const own = service
    ? { ...(service.args ? { args: service.args } : {}), ...(service.command ? { command: service.command } : {}) }
    : { command };
  return {
    ...own,
    ...(env ? { env } : {}),
    image: plan.image,
    imagePullPolicy: "IfNotPresent",
    name: plan.name,
    resources: writeResources(plan.resources),
    securityContext: { capabilities: { drop: ["NET_RAW"] }, privileged },
    ...(plan.role === "init" ? {} : { stdin: true }),
    ...TERMINATION,
    volumeMounts: mounts,
  };
}

function writeResources({ requests, limits }: ContainerResources): Record<string, unknown> {
  const write = (amounts: Amounts) => ({
    ...(amounts.cpuMillicores === null ? {} : { cpu: cpuQuantity(amounts.cpuMillicores) }),
    ...(amounts.memoryBytes === null ? {} : { memory: memoryQuantity(amounts.memoryBytes) }),
  });
  const parts = { limits: write(limits), requests: write(requests) };
  return Object.fromEntries(Object.entries(parts).filter(([, amounts]) => Object.keys(amounts).length > 0));
}

/** What admission and defaulting add to a pod: service account, token volume, tolerations, priority. */
export function admit(spec: Record<string, unknown>, token: string, serviceAccount = "default"): Record<string, unknown> {
  const tolerate = (key: string) => ({ effect: "NoExecute", key, operator: "Exists", tolerationSeconds: 300 });
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
    { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
    { downwardAPI: { items: [{ fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" }, path: "namespace" }] } },
  ];
  return {
    ...spec,
    preemptionPolicy: "PreemptLowerPriority",
    priority: 0,
    serviceAccount,
    serviceAccountName: serviceAccount,
    tolerations: [tolerate("node.kubernetes.io/not-ready"), tolerate("node.kubernetes.io/unreachable")],
    volumes: [...((spec.volumes ?? []) as unknown[]), { name: token, projected: { defaultMode: 420, sources } }],
  };
}

/** From the containers; an empty pod-level `resources` makes it BestEffort on 1.34 and later, as was seen there (PodLevelResources). */
export function qosClassOf(plans: ContainerPlan[], emptyPodResources: boolean): PodRuntime["qosClass"] {
  if (emptyPodResources) return "BestEffort";
  const all = plans.map((plan) => plan.resources);
  const amounts = ["cpuMillicores", "memoryBytes"] as const;
  if (all.every(({ requests, limits }) => amounts.every((name) => requests[name] === null && limits[name] === null))) return "BestEffort";
  const guaranteed = all.every(({ requests, limits }) =>
    amounts.every((name) => limits[name] !== null && (requests[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}
