import "server-only";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { systemClock, type Clock } from "../../base/clock.ts";
import { AccessError, type ClusterAccess } from "./cluster-access.ts";
import { checkFiles, ContextAccess } from "./context-access.ts";
import { readKubeconfig, resolveContext, type Kubeconfig } from "./kubeconfig-file.ts";

/** Where Kubernetes mounts the token of a pod's service account (admission plugin ServiceAccount). */
const SERVICE_ACCOUNT_ROOT = "/var/run/secrets/kubernetes.io/serviceaccount";
const IN_CLUSTER = "in-cluster";

interface LoadOptions {
  /** Context names; left out: the current context. */
  contexts?: readonly string[];
  /** A path list as in KUBECONFIG; left out: KUBECONFIG, the default file, the service account of this pod. */
  kubeconfigPath?: string;
  env: Readonly<Record<string, string | undefined>>;
  clock?: Clock;
  serviceAccountRoot?: string;
}

/**
 * Everything that can be watched, and a text for each thing that cannot. Never throws. A context whose files are missing is in both:
 * its connection fails with the same words, on the screen, until the file is there.
 */
export function loadClusters(options: LoadOptions): { clusters: ClusterAccess[]; errors: Error[] } {
  const { env, clock = systemClock, serviceAccountRoot = SERVICE_ACCOUNT_ROOT } = options;
  const list = options.kubeconfigPath || env["KUBECONFIG"];
  const home = path.join(env["HOME"] || homedir(), ".kube", "config");
  const files = list ? list.split(path.delimiter).filter((file) => file !== "") : existsSync(home) ? [home] : [];
  const pod = files.length === 0 ? podConfig(env, serviceAccountRoot) : null;
  if (files.length === 0 && pod === null) {
    const where = `KUBECONFIG is not set, ${home} does not exist, and there is no service account of a pod`;
    return { clusters: [], errors: [new AccessError(`No kubeconfig: ${where}. Set KUBECONFIG to a file that kubectl can use.`)] };
  }
  const { config, errors } = pod === null ? readKubeconfig(files) : { config: pod, errors: [] };
  const names = chooseContexts(config, options.contexts, errors);
  return open([...new Set(names)], config, env, clock, errors);
}

function open(names: readonly string[], config: Kubeconfig, env: LoadOptions["env"], clock: Clock, errors: Error[]) {
  const clusters: ClusterAccess[] = [];
  const keys = new Set<string>();
  for (const name of names) {
    try {
      const context = resolveContext(config, name);
      clusters.push(new ContextAccess({ key: keyOf(name, keys), context, env, clock }));
      const missing = checkFiles(context);
      if (missing !== null) errors.push(new AccessError(`Context "${name}": ${missing.message}`));
    } catch (error) {
      const message = error instanceof AccessError ? error.message : "cannot be used for an unknown reason";
      errors.push(new AccessError(`Context "${name}": ${message}`));
    }
  }
  return { clusters, errors };
}

function chooseContexts(config: Kubeconfig, contexts: readonly string[] | undefined, errors: Error[]): readonly string[] {
  if (contexts !== undefined) return contexts;
  if (config.currentContext !== undefined) return [config.currentContext];
  const names = [...config.contexts.keys()];
  if (names.length === 1) return names;
  // A file that could not be read has its own error, which is the one that helps.
  if (errors.length === 0 || names.length > 0) {
    const has = names.length === 0 ? "there are no contexts" : `it has ${names.slice(0, 10).join(", ")}`;
    errors.push(
      new AccessError(`${config.files.join(", ")}: current-context is not set; ${has}. Name the ones to watch in RUNNERSCOPE_CONTEXTS.`),
    );
  }
  return [];
}

/** rest.InClusterConfig of client-go: address from the environment, token and CA from the mounted volume. null: this is no pod. */
function podConfig(env: LoadOptions["env"], root: string): Kubeconfig | null {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"];
  if (!host || !port || !existsSync(path.join(root, "token"))) return null;
  const namespaceFile = path.join(root, "namespace");
  const namespace = existsSync(namespaceFile) ? readFileSync(namespaceFile, "utf8").trim() : "";
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const named = (value: unknown) => new Map([[IN_CLUSTER, { value, file: root, directory: root }]]);
  return {
    files: [root],
    currentContext: IN_CLUSTER,
    contexts: named({ cluster: IN_CLUSTER, user: IN_CLUSTER, namespace }),
    clusters: named({ server, "certificate-authority": "ca.crt" }),
    users: named({ tokenFile: "token" }),
  };
}

/** Letters, digits, dots, dashes, underscores: safe in a path and in every key. Two names that come out equal get a number. */
function keyOf(name: string, taken: Set<string>): string {
  const plain =
    name
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[-.]+|-+$/g, "")
      .slice(0, 100) || "cluster";
  let key = plain;
  for (let number = 2; taken.has(key); number++) key = `${plain}-${number}`;
  taken.add(key);
  return key;
}
