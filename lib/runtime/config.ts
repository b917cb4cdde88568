import path from "node:path";
import { z } from "zod";
import type { LeaseName } from "../kubernetes/read-lease.ts";
import type { PrometheusSettings } from "../metrics/server/prometheus-client.ts";
import { host, hostList, leaseName, list, logSources, managerNames, namespace, pemFile, whole } from "./config-values.ts";
import { nearestName } from "./nearest-name.ts";
import { prometheusVariables, readPrometheus } from "./prometheus-settings.ts";

/** One wrong variable: which, what is wrong with it, and what to do. */
export interface ConfigError {
  variable: string;
  message: string;
  remedy: string;
}

/** Every variable this version reads, with what it wants to be. Empty values count as not set. */
const variables = {
  RUNNERSCOPE_PORT: { schema: whole(1, 65_535), remedy: "Give a port from 1 to 65535, or leave it out for 3000." },
  RUNNERSCOPE_HOST: { schema: host, remedy: "Give an address to listen on, for example 127.0.0.1, or leave it out." },
  RUNNERSCOPE_ALLOWED_HOSTS: {
    schema: hostList,
    remedy:
      "Give the names under which people open it, separated by commas, *.example.com for all below, * for every name, or leave it out.",
  },
  RUNNERSCOPE_CONTEXTS: {
    schema: list,
    remedy: "Give context names of the kubeconfig, separated by commas, or leave it out for the current context.",
  },
  RUNNERSCOPE_NAMESPACES: { schema: namespace, remedy: "Give namespace names separated by commas, or leave it out for all namespaces." },
  RUNNERSCOPE_KEEP_JOBS: { schema: whole(0, 100_000), remedy: "Give how many ended jobs to keep, 0 to 100000, or leave it out for 1000." },
  RUNNERSCOPE_KEEP_MINUTES: {
    schema: whole(1, 10_080),
    remedy: "Give for how many minutes ended jobs are kept, 1 to 10080, or leave it out for 60.",
  },
  RUNNERSCOPE_DATA: {
    schema: z.string().max(4_000, "is longer than a path may be"),
    remedy: "Give a folder for the history, or leave it out for the user's data folder.",
  },
  DATABASE_URL: {
    schema: z.string().regex(/^postgres(ql)?:\/\/\S+$/, "is not a postgres:// URL"),
    remedy: "Give postgres://user@host/database, or leave it out to keep the history in SQLite in RUNNERSCOPE_DATA.",
  },
  RUNNERSCOPE_LEASE: {
    schema: leaseName,
    remedy: "Give namespace/name of a Lease that decides which of several dashboards writes, or leave it out: the database decides then.",
  },
  RUNNERSCOPE_HISTORY_DAYS: {
    schema: whole(0, 3_650),
    remedy: "Give for how many days finished jobs are kept, 0 (no history) to 3650, or leave it out for 30.",
  },
  RUNNERSCOPE_HISTORY_MEGABYTES: {
    schema: whole(10, 1_000_000),
    remedy: "Give how large the history may grow in MB, 10 to 1000000, or leave it out for 2000.",
  },
  RUNNERSCOPE_KUBELET: {
    schema: z.enum(["on", "off"], "is neither on nor off"),
    remedy: "Give off to ask no kubelet for CPU and memory, or leave it out for on.",
  },
  RUNNERSCOPE_KUBELET_CA_FILE: {
    schema: pemFile,
    remedy: "Give a PEM file with the CA of the kubelets' serving certificates, or leave it out for the cluster's own CA.",
  },
  RUNNERSCOPE_KUBELET_INSECURE_TLS: {
    schema: z.enum(["true", "false"], "is neither true nor false"),
    remedy: "Give true to take any certificate of a kubelet (it then gets our token unchecked), or leave it out.",
  },
  ...prometheusVariables,
  RUNNERSCOPE_MANAGERS: {
    schema: managerNames,
    remedy:
      "Give off to ask no runner manager for its metrics and jobs, or namespace/name of the Deployments, StatefulSets or pods that are managers although neither label nor image says so, separated by commas, or leave it out for on.",
  },
  RUNNERSCOPE_LOGS: {
    schema: logSources,
    remedy:
      "Give gitlab (the trace, masked by GitLab), pods (what containers wrote, masked by nobody), both with a comma, or leave it out for off.",
  },
  GITLAB_URL: {
    schema: z.string().regex(/^https?:\/\/[^\s@?#]+$/, "is not an http or https URL without user, query and fragment"),
    remedy: "Give the address of GitLab as people open it, with a path prefix if it has one, or leave it out.",
  },
  GITLAB_TOKEN_FILE: {
    schema: z.string().max(4_000, "is longer than a path may be"),
    remedy: "Give a file that holds a token with scope read_api; it is read again when it changes.",
  },
  GITLAB_CA_FILE: { schema: pemFile, remedy: "Give a PEM file with the CA of GitLab's certificate, or leave it out for the public ones." },
  GITLAB_WEBHOOK_SECRET_FILE: {
    schema: z.string().max(4_000, "is longer than a path may be"),
    remedy: "Give a file that holds the secret of the webhooks, or leave it out to take none.",
  },
  GITLAB_REQUESTS_PER_MINUTE: {
    schema: whole(1, 6_000),
    remedy: "Give how many requests a minute Runnerscope may send to GitLab, 1 to 6000, or leave it out for 120.",
  },
  RUNNERSCOPE_RECORDING: {
    schema: z.string().max(4_000, "is longer than a path may be"),
    remedy: "Give the folder or archive of a recording to show instead of a cluster, or leave it out.",
  },
  RUNNERSCOPE_LABEL: {
    schema: z.string().max(40, "is longer than 40 characters"),
    remedy: "Give a short word to show on every page, or leave it out.",
  },
  RUNNERSCOPE_LOG_LEVEL: {
    schema: z.enum(["debug", "info", "warn", "error"], "is not a log level"),
    remedy: "Give debug, info, warn or error, or leave it out for info.",
  },
} as const;
type Name = keyof typeof variables;

export interface Config {
  port: number;
  host: string;
  /** Names it answers for beside those that nobody outside can own. */
  allowedHosts: string[];
  /** Path list as in KUBECONFIG; null: the default file, else in-cluster. */
  kubeconfigPath: string | null;
  /** null: the current context. */
  contexts: string[] | null;
  /** null: all namespaces that the rights allow. */
  namespaces: string[] | null;
  keep: { maxJobs: number; maxAgeMs: number };
  /** Where finished jobs are kept, and how many; null: nowhere. */
  history: { location: { kind: "sqlite"; folder: string } | { kind: "postgres"; url: string }; maxAgeMs: number; maxBytes: number } | null;
  /** The Kubernetes Lease that decides who writes the history; null: the database decides. */
  lease: LeaseName | null;
  /** How kubelets are asked for CPU and memory; null: they are not. */
  kubelet: { trust: { kind: "cluster-ca" } | { kind: "ca"; pem: Buffer } | { kind: "insecure" } } | null;
  /** A server with the Prometheus HTTP API that keeps the kubelets' cAdvisor pages; null: none is asked. */
  prometheus: PrometheusSettings | null;
  /** Whether runner managers are asked for their metrics and jobs. */
  managers: boolean;
  /** `<namespace>/<name>` of workloads and pods that are managers besides those that are found. */
  managerNames: readonly string[];
  /** Whose logs people may read here. Nothing of a log is ever kept. */
  logs: { gitlab: boolean; pods: boolean };
  /** null: GitLab is not read. */
  gitlab: { url: string; tokenFile: string; ca: Buffer | null; webhookSecretFile: string | null; requestsPerMinute: number } | null;
  /** Folder or archive that is shown instead of a cluster. */
  recording: string | null;
  /** Shown on every page, for example "demo". */
  label: string | null;
  logLevel: "debug" | "info" | "warn" | "error";
}

export interface ReadConfig {
  config: Config;
  errors: ConfigError[];
}

/** Reads the environment. Never throws: wrong values are all in `errors`, and `config` then holds the defaults in their place. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): ReadConfig {
  const env = Object.fromEntries(Object.entries(environment).filter(([name, value]) => !isServiceVariable(name, value)));
  const errors: ConfigError[] = [];
  const read: Read = (name) => {
    const text = env[name];
    if (text === undefined || text === "") return undefined;
    const { schema, remedy } = variables[name];
    const result = schema.safeParse(text);
    if (result.success) return result.data as never;
    for (const issue of result.error.issues) errors.push({ variable: name, message: issue.message, remedy });
    return undefined;
  };
  const managers = read("RUNNERSCOPE_MANAGERS") ?? { on: true, names: [] };
  const config: Config = {
    port: read("RUNNERSCOPE_PORT") ?? 3000,
    host: read("RUNNERSCOPE_HOST") ?? "127.0.0.1",
    allowedHosts: read("RUNNERSCOPE_ALLOWED_HOSTS") ?? [],
    kubeconfigPath: env["KUBECONFIG"] || null,
    contexts: read("RUNNERSCOPE_CONTEXTS") ?? null,
    namespaces: read("RUNNERSCOPE_NAMESPACES") ?? null,
    keep: { maxJobs: read("RUNNERSCOPE_KEEP_JOBS") ?? 1_000, maxAgeMs: (read("RUNNERSCOPE_KEEP_MINUTES") ?? 60) * 60_000 },
    history: readHistory(env, read),
    lease: readLeaseName(env, read, errors),
    kubelet: readKubelet(read),
    prometheus: readPrometheus(
      {
        PROMETHEUS_URL: read("PROMETHEUS_URL"),
        PROMETHEUS_TOKEN_FILE: read("PROMETHEUS_TOKEN_FILE"),
        PROMETHEUS_CA_FILE: read("PROMETHEUS_CA_FILE"),
        PROMETHEUS_TENANT: read("PROMETHEUS_TENANT"),
      },
      (variable, message, remedy) => errors.push({ variable, message, remedy }),
    ),
    managers: managers.on,
    managerNames: managers.names,
    logs: read("RUNNERSCOPE_LOGS") ?? { gitlab: false, pods: false },
    gitlab: readGitlab(read, errors),
    recording: read("RUNNERSCOPE_RECORDING") ?? null,
    label: read("RUNNERSCOPE_LABEL") ?? null,
    logLevel: read("RUNNERSCOPE_LOG_LEVEL") ?? "info",
  };
  errors.push(...unknownNames(env));
  return { config, errors };
}

type Read = <N extends Name>(name: N) => z.infer<(typeof variables)[N]["schema"]> | undefined;

function readHistory(env: Readonly<Record<string, string | undefined>>, read: Read): Config["history"] {
  const folder = read("RUNNERSCOPE_DATA");
  const url = read("DATABASE_URL");
  const days = read("RUNNERSCOPE_HISTORY_DAYS") ?? 30;
  const maxBytes = (read("RUNNERSCOPE_HISTORY_MEGABYTES") ?? 2_000) * 1_000_000;
  // XDG Base Directory Specification: data of a user's program.
  const home = env["XDG_DATA_HOME"] || path.join(env["HOME"] || "/var/lib", ".local/share");
  const location =
    url === undefined ? { kind: "sqlite" as const, folder: folder ?? path.join(home, "runnerscope") } : { kind: "postgres" as const, url };
  return days === 0 ? null : { location, maxAgeMs: days * 86_400_000, maxBytes };
}

/** Only a database across the network can be shared. */
function readLeaseName(env: Readonly<Record<string, string | undefined>>, read: Read, errors: ConfigError[]): Config["lease"] {
  const lease = read("RUNNERSCOPE_LEASE") ?? null;
  if (lease !== null && !env["DATABASE_URL"])
    errors.push({
      variable: "RUNNERSCOPE_LEASE",
      message: "is set although the history is in a folder, which belongs to one dashboard",
      remedy: "Set DATABASE_URL too, or leave it out.",
    });
  return lease;
}

/** Address and token belong together. */
function readGitlab(read: Read, errors: ConfigError[]): Config["gitlab"] {
  const url = read("GITLAB_URL");
  const tokenFile = read("GITLAB_TOKEN_FILE");
  const rest = {
    ca: read("GITLAB_CA_FILE") ?? null,
    webhookSecretFile: read("GITLAB_WEBHOOK_SECRET_FILE") ?? null,
    requestsPerMinute: read("GITLAB_REQUESTS_PER_MINUTE") ?? 120,
  };
  if (url !== undefined && tokenFile !== undefined) return { url: url.replace(/\/+$/, ""), tokenFile, ...rest };
  if (url !== undefined && !errors.some(({ variable }) => variable === "GITLAB_TOKEN_FILE"))
    errors.push({
      variable: "GITLAB_TOKEN_FILE",
      message: "is missing although GITLAB_URL is set",
      remedy: variables.GITLAB_TOKEN_FILE.remedy,
    });
  if (tokenFile !== undefined && !errors.some(({ variable }) => variable === "GITLAB_URL"))
    errors.push({ variable: "GITLAB_URL", message: "is missing although GITLAB_TOKEN_FILE is set", remedy: variables.GITLAB_URL.remedy });
  return null;
}

function readKubelet(read: Read): Config["kubelet"] {
  const pem = read("RUNNERSCOPE_KUBELET_CA_FILE");
  const insecure = read("RUNNERSCOPE_KUBELET_INSECURE_TLS") === "true";
  if (read("RUNNERSCOPE_KUBELET") === "off") return null;
  return { trust: insecure ? { kind: "insecure" } : pem === undefined ? { kind: "cluster-ca" } : { kind: "ca", pem } };
}

/**
 * In a cluster, a Service named `runnerscope` makes the kubelet set RUNNERSCOPE_SERVICE_HOST, RUNNERSCOPE_PORT=tcp://…, RUNNERSCOPE_PORT_80_TCP and more
 * (Kubernetes documentation, "Accessing the Service: environment variables"). They are not configuration.
 */
function isServiceVariable(name: string, value: string | undefined): boolean {
  if (/^RUNNERSCOPE_(\w+_)?SERVICE_(HOST|PORT)/.test(name) || /^RUNNERSCOPE_(\w+_)?PORT_\d+_(TCP|UDP|SCTP)/.test(name)) return true;
  return /^RUNNERSCOPE_(\w+_)?PORT$/.test(name) && /^(tcp|udp|sctp):\/\//.test(value ?? "");
}

function unknownNames(env: Readonly<Record<string, string | undefined>>): ConfigError[] {
  const known = Object.keys(variables);
  const unknown = Object.keys(env).filter((name) => name.startsWith("RUNNERSCOPE_") && !known.includes(name));
  return unknown.map((variable) => {
    const near = nearestName(variable, known);
    return {
      variable,
      message: "is not a variable of Runnerscope",
      remedy: near === null ? `Remove it. Known are: ${known.join(", ")}.` : `Did you mean ${near}?`,
    };
  });
}
