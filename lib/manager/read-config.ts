import { scrubText } from "../base/scrub-text.ts";
import { scanToml, type TomlScalar } from "./scan-toml.ts";
import type { ManagerConfig, RunnerConfig } from "./schema.ts";

/** Kubernetes refuses a larger ConfigMap. */
const MAX_LENGTH = 1024 * 1024;
const MAX_RUNNERS = 256;

const GLOBAL = new Set(["concurrent", "check_interval", "shutdown_timeout", "listen_address"]);
const RUNNER = new Set(["name", "url", "executor", "limit", "request_concurrency"]);
const KUBERNETES = new Set([
  "namespace",
  "namespace_per_job",
  "poll_interval",
  "poll_timeout",
  "pod_termination_grace_period_seconds",
  "cleanup_grace_period_seconds",
  "privileged",
  "priority_class_name",
]);
/** Requests and limits of build, helper, services and pod, and how far a job may raise them (runner docs: Kubernetes executor). */
const RESOURCE = /^(?:helper_|service_|pod_)?(?:cpu|memory|ephemeral_storage)_(?:request|limit)(_overwrite_max_allowed)?$/;
/** `bearer_token_overwrite_allowed` is a switch, not a token; whatever is in none of these lists is never built. */
const ALLOWED = /^(?:namespace|service_account|bearer_token|pod_labels|pod_annotations|node_selector|node_tolerations)_overwrite_allowed$/;

type Where = "global" | "runner" | "kubernetes" | null;

/**
 * Reads the parts of a `config.toml` that bound a fleet. Chart: key `config.toml` of the ConfigMap has the globals, `config.template.toml`
 * the `[[runners]]`. Tokens, certificates, environment and every other key outside the lists above are dropped while they are scanned.
 */
export function readConfig(text: string): ManagerConfig {
  const config: ManagerConfig = {
    concurrent: null,
    checkInterval: null,
    shutdownTimeout: null,
    listenAddress: null,
    runners: [],
    unreadable: 0,
  };
  if (text.length > MAX_LENGTH) return { ...config, unreadable: 1 };
  let where: Where = "global";
  const placeOf = (key: readonly string[]): [Where, string] => {
    const [first = "", second] = key;
    if (key.length === 1) return [where, first];
    return where === "runner" && first === "kubernetes" && key.length === 2 ? ["kubernetes", second ?? ""] : [null, ""];
  };
  const unreadable = scanToml(text, {
    table(path, repeated) {
      const name = path.join(".");
      where = null;
      if (repeated && name === "runners" && config.runners.length < MAX_RUNNERS) {
        config.runners.push(newRunner());
        where = "runner";
      } else if (name === "runners.kubernetes" && config.runners.length > 0) where = "kubernetes";
    },
    lost() {
      where = null;
    },
    wanted(key) {
      const [place, name] = placeOf(key);
      if (place === "global") return GLOBAL.has(name);
      if (place === "runner") return RUNNER.has(name);
      return place === "kubernetes" && (KUBERNETES.has(name) || RESOURCE.test(name) || ALLOWED.test(name));
    },
    value(key, value) {
      const [place, name] = placeOf(key);
      const runner = config.runners.at(-1);
      if (place === "global") setGlobal(config, name, value);
      else if (runner !== undefined) (place === "runner" ? setRunner : setKubernetes)(runner, name, value);
    },
  });
  return { ...config, unreadable };
}

/** Globals of the one, runners of the other (chart: `config.toml` and `config.template.toml`); what the first has wins. */
export function mergeConfigs(first: ManagerConfig, second: ManagerConfig): ManagerConfig {
  return {
    concurrent: first.concurrent ?? second.concurrent,
    checkInterval: first.checkInterval ?? second.checkInterval,
    shutdownTimeout: first.shutdownTimeout ?? second.shutdownTimeout,
    listenAddress: first.listenAddress ?? second.listenAddress,
    runners: first.runners.length > 0 ? first.runners : second.runners,
    unreadable: first.unreadable + second.unreadable,
  };
}

function newRunner(): RunnerConfig {
  return {
    name: null,
    url: null,
    executor: null,
    limit: null,
    requestConcurrency: null,
    kubernetes: {
      namespace: null,
      namespacePerJob: null,
      pollInterval: null,
      pollTimeout: null,
      terminationGrace: null,
      cleanupGrace: null,
      privileged: null,
      priorityClassName: null,
      resources: {},
      overwriteMax: {},
      overwriteAllowed: {},
    },
  };
}

function setGlobal(config: ManagerConfig, name: string, value: TomlScalar): void {
  if (name === "concurrent") config.concurrent = number(value);
  else if (name === "check_interval") config.checkInterval = number(value);
  else if (name === "shutdown_timeout") config.shutdownTimeout = number(value);
  else config.listenAddress = text(value);
}

function setRunner(runner: RunnerConfig, name: string, value: TomlScalar): void {
  if (name === "name") runner.name = text(value);
  else if (name === "url") runner.url = text(value);
  else if (name === "executor") runner.executor = text(value);
  else if (name === "limit") runner.limit = number(value);
  else runner.requestConcurrency = number(value);
}

function setKubernetes({ kubernetes }: RunnerConfig, name: string, value: TomlScalar): void {
  if (name === "namespace") kubernetes.namespace = text(value);
  else if (name === "namespace_per_job") kubernetes.namespacePerJob = flag(value);
  else if (name === "poll_interval") kubernetes.pollInterval = number(value);
  else if (name === "poll_timeout") kubernetes.pollTimeout = number(value);
  else if (name === "pod_termination_grace_period_seconds") kubernetes.terminationGrace = number(value);
  else if (name === "cleanup_grace_period_seconds") kubernetes.cleanupGrace = number(value);
  else if (name === "privileged") kubernetes.privileged = flag(value);
  else if (name === "priority_class_name") kubernetes.priorityClassName = text(value);
  else {
    const written = typeof value === "string" ? text(value) : String(value);
    if (written === null) return;
    if (name.endsWith("_overwrite_max_allowed")) kubernetes.overwriteMax[name.replace("_overwrite_max_allowed", "")] = written;
    else if (name.endsWith("_overwrite_allowed")) kubernetes.overwriteAllowed[name.replace("_overwrite_allowed", "")] = written;
    else kubernetes.resources[name] = written;
  }
}

function number(value: TomlScalar): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function flag(value: TomlScalar): boolean | null {
  return typeof value === "boolean" ? value : null;
}

function text(value: TomlScalar): string | null {
  // Of several lines: what follows a quote that was left open, a token perhaps.
  return typeof value === "string" && value !== "" && !/[\r\n]/.test(value) ? scrubText(value, 253) : null;
}
