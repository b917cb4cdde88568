import "server-only";
import { readFileSync } from "node:fs";
import path from "node:path";
import { load } from "js-yaml";
import { z } from "zod";
import { AccessError } from "./cluster-access.ts";

/**
 * Our own reading of a kubeconfig (client-go `tools/clientcmd/api/v1/types.go`). client-node's KubeConfig is not used: it knows
 * `token-file` but not `tokenFile`, fails a whole file for one bad entry, throws where two files name the same cluster (2.0.1, config_types.ts),
 * and costs 80 MB of memory as soon as it is loaded.
 */
const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

const clusterSchema = z.object({
  server: z.url({ protocol: /^https?$/, error: "is not an http or https URL" }),
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": flag,
  "tls-server-name": text,
  "proxy-url": text,
  extensions: z.array(z.object({ name: z.string(), extension: z.unknown() })).nullish(),
});
type ClusterEntry = z.infer<typeof clusterSchema>;

const execSchema = z.object({
  apiVersion: text,
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: flag,
  interactiveMode: text,
  installHint: text,
});
export type ExecEntry = z.infer<typeof execSchema>;

const userSchema = z.object({
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  "as-uid": text,
  "as-groups": z.array(z.string()).nullish(),
  "as-user-extra": z.record(z.string(), z.unknown()).nullish(),
  exec: execSchema.nullish(),
  "auth-provider": z.object({ name: z.string(), config: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});
export type UserEntry = z.infer<typeof userSchema>;

const contextSchema = z.object({ cluster: z.string().min(1), user: text, namespace: text });

const entry = z.object({ name: z.string() }).loose();
const entries = z
  .array(entry)
  .nullish()
  .transform((value) => value ?? []);
const fileSchema = z.object({ contexts: entries, clusters: entries, users: entries, "current-context": text });

type Kind = "context" | "cluster" | "user";

/** An entry of one file. `directory` is what its relative paths start from. */
interface Found {
  value: unknown;
  file: string;
  directory: string;
}

/** One or more files, merged as kubectl does: the first that names something wins. */
export interface Kubeconfig {
  files: string[];
  currentContext: string | undefined;
  contexts: Map<string, Found>;
  clusters: Map<string, Found>;
  users: Map<string, Found>;
}

/** Reads and merges. A file that cannot be used is in `errors`; the others count all the same. */
export function readKubeconfig(files: readonly string[]): { config: Kubeconfig; errors: AccessError[] } {
  const config: Kubeconfig = { files: [...files], currentContext: undefined, contexts: new Map(), clusters: new Map(), users: new Map() };
  const errors: AccessError[] = [];
  for (const file of files) {
    try {
      merge(config, file);
    } catch (error) {
      errors.push(
        error instanceof AccessError
          ? error
          : new AccessError(`${file}: cannot be read (${codeOf(error)}). Check KUBECONFIG and the rights of the file.`),
      );
    }
  }
  return { config, errors };
}

function merge(config: Kubeconfig, file: string): void {
  const result = fileSchema.safeParse(parse(file, readFileSync(file, "utf8")));
  if (!result.success) throw invalid(file, result.error);
  const directory = path.dirname(path.resolve(file));
  config.currentContext ??= result.data["current-context"];
  const add = (to: Map<string, Found>, kind: Kind, list: readonly z.infer<typeof entry>[]) => {
    for (const one of list) if (!to.has(one.name)) to.set(one.name, { value: one[kind], file, directory });
  };
  add(config.contexts, "context", result.data.contexts);
  add(config.clusters, "cluster", result.data.clusters);
  add(config.users, "user", result.data.users);
}

/** The message of a YAML error quotes the lines around it, which may hold a token: only reason and line are used. */
function parse(file: string, content: string): unknown {
  try {
    const parsed = load(content);
    if (typeof parsed === "object" && parsed !== null) return parsed;
    throw new Error("empty");
  } catch (error) {
    const { reason, mark } = error as { reason?: unknown; mark?: { line?: unknown } };
    const line = typeof mark?.line === "number" ? ` at line ${mark.line + 1}` : "";
    const why = typeof reason === "string" ? reason : "it is empty or not a mapping";
    throw new AccessError(`${file}: is not a kubeconfig: ${why}${line}. Check it with \`kubectl config view\`.`);
  }
}

export interface ContextEntry {
  name: string;
  namespace: string | undefined;
  cluster: ClusterEntry;
  clusterName: string;
  clusterDirectory: string;
  user: UserEntry;
  userName: string;
  userDirectory: string;
}

/** A context with its cluster and user. Throws AccessError that names file, entry and field. */
export function resolveContext(config: Kubeconfig, name: string): ContextEntry {
  const context = lookUp(config, config.contexts, "context", name, contextSchema);
  const cluster = lookUp(config, config.clusters, "cluster", context.value.cluster, clusterSchema);
  const userName = context.value.user;
  const user =
    userName === undefined ? { value: userSchema.parse({}), directory: "" } : lookUp(config, config.users, "user", userName, userSchema);
  return {
    name,
    namespace: context.value.namespace,
    cluster: cluster.value,
    clusterName: context.value.cluster,
    clusterDirectory: cluster.directory,
    user: user.value,
    userName: userName ?? "",
    userDirectory: user.directory,
  };
}

function lookUp<S extends z.ZodType>(
  config: Kubeconfig,
  map: ReadonlyMap<string, Found>,
  kind: Kind,
  name: string,
  schema: S,
): { value: z.infer<S>; directory: string } {
  const found = map.get(name);
  if (found === undefined) throw new AccessError(unknownName(config, map, kind, name));
  const result = schema.safeParse(found.value ?? {});
  if (!result.success) throw invalid(`${found.file}: ${kind} "${name}"`, result.error);
  return { value: result.data, directory: found.directory };
}

function unknownName(config: Kubeconfig, map: ReadonlyMap<string, Found>, kind: Kind, name: string): string {
  const known = [...map.keys()].slice(0, 10).map((one) => `"${one}"`);
  const has = known.length === 0 ? `there is no ${kind} in it` : `it has ${known.join(", ")}${map.size > known.length ? ", …" : ""}`;
  const remedy =
    kind === "context" ? "Name one of them in RUNNERSCOPE_CONTEXTS." : `Add the ${kind}, or correct the context that names it.`;
  return `${config.files.join(", ")}: no ${kind} "${name}"; ${has}. ${remedy}`;
}

/** zod names path and types, never the value. */
function invalid(where: string, error: z.ZodError): AccessError {
  const [issue] = error.issues;
  const field = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return new AccessError(
    `${where}: ${field}${issue?.message ?? "is not valid"}. Correct it, and put quotes around text that looks like a number.`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
}
