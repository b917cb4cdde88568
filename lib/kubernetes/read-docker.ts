import { fields, items, list } from "./read-field.ts";
import type { DockerSettings } from "./schema.ts";

/**
 * What a container's environment and arguments say about Docker: shapes only. Of `DOCKER_HOST` the scheme, the port, and the name if it is one of
 * `names` (the pod's own aliases) or loopback; of `DOCKER_TLS_CERTDIR` whether it is set, empty or missing (docs.docker.com, image `docker`, "TLS");
 * of the arguments whether dockerd is told `--tls` or `--tls=false`. Nothing else of either is kept. null: none of them is there.
 */
export function readDocker(container: Record<string, unknown>, names: ReadonlySet<string>): DockerSettings | null {
  const host = valueOf(container["env"], "DOCKER_HOST");
  const certDir = valueOf(container["env"], "DOCKER_TLS_CERTDIR");
  const tls = tlsFlag([...list(container["command"]), ...list(container["args"])]);
  if (host === undefined && certDir === undefined && tls === null) return null;
  return {
    host: host === undefined || host === "" ? null : readHost(host, names),
    certDir: certDir === undefined ? "missing" : certDir === "" ? "empty" : "set",
    tls,
  };
}

/** The kubelet takes the last of several entries with one name. A value that is not a literal reads as set. */
function valueOf(env: unknown, name: string): string | undefined {
  const entry = items(env).findLast((one) => one["name"] === name);
  if (entry === undefined) return undefined;
  if (entry["valueFrom"] !== undefined) return "from-elsewhere";
  // Go leaves an empty value out.
  return typeof entry["value"] === "string" ? entry["value"] : "";
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3})$/;

function readHost(value: string, names: ReadonlySet<string>): DockerSettings["host"] {
  const found = /^(tcp|unix|ssh|http|https):\/\/(?:([A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?)?(?:\/.*)?$/s.exec(value);
  if (found === null) return { scheme: "other", name: null, port: null };
  const [, scheme = "other", name, port] = found;
  const kept = name !== undefined && (names.has(name) || LOOPBACK.test(name));
  return { scheme: scheme as "tcp", name: kept ? name : null, port: port === undefined || Number(port) > 65_535 ? null : Number(port) };
}

function tlsFlag(words: readonly unknown[]): DockerSettings["tls"] {
  const flag = words.findLast((word): word is string => typeof word === "string" && /^--tls(verify)?(=(true|false))?$/.test(word));
  if (flag === undefined) return null;
  return flag.endsWith("=false") ? "off" : "on";
}

/** Names that the pod's `/etc/hosts` gets from `spec.hostAliases`. */
export function aliasNames(hostAliases: unknown): Set<string> {
  return new Set(items(hostAliases).flatMap((alias) => list(fields(alias)["hostnames"]).filter((name) => typeof name === "string")));
}
