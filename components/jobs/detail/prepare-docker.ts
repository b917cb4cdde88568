import type { ContainerView, Job } from "@/lib/fleet/schema.ts";

/** What stands against docker commands in this job, as far as the pod itself says it (`messages: job.docker.problem.<code>`). */
export type DockerProblem =
  | "not-privileged" // dockerd cannot make cgroups, mounts and networks
  | "plain-client" // the client asks without TLS, dockerd wants it
  | "tls-client" // the client asks with TLS, dockerd has none
  | "no-certs" // TLS, and the certificates are not shared
  | "other-host" // the client asks a host that is not of this pod
  | "socket"; // the client asks a socket, and dockerd is in another container

/** The way from the docker client to dockerd; null of a value: the pod does not say. */
export interface DockerWay {
  server: string;
  client: string | null;
  /** `tcp://docker:2375` as far as it is kept; null: DOCKER_HOST is not set in the pod. */
  host: string | null;
  port: number | null;
  tls: boolean | null;
  privileged: boolean;
  problems: DockerProblem[];
}

/**
 * Reads how the job reaches its Docker-in-Docker service. The image `docker:dind` wants TLS on 2376 unless DOCKER_TLS_CERTDIR is set and empty or
 * dockerd is told `--tls=false` (docker-library/docker, `dockerd-entrypoint.sh`). null: there is no such service.
 */
export function prepareDocker({ containers }: Pick<Job, "containers">): DockerWay | null {
  const server = containers.find(({ role }) => role === "dind");
  if (server === undefined) return null;
  const client =
    containers.find(({ role, docker }) => role === "build" && docker?.host != null) ?? containers.find(({ role }) => role === "build");
  const host = client?.docker?.host ?? null;
  const serverTls = tlsOf(server);
  const way = { server: server.name, client: client?.name ?? null, privileged: server.privileged, port: host?.port ?? null };
  return { ...way, host: host === null ? null : writeHost(host), tls: serverTls, problems: problemsOf(server, client, serverTls) };
}

/** null: neither its environment nor its arguments say it; then the image decides, and the usual one wants TLS. */
function tlsOf({ docker }: ContainerView): boolean | null {
  if (docker?.tls != null) return docker.tls === "on";
  if (docker == null || docker.certDir === "missing") return null;
  return docker.certDir === "set";
}

type Host = NonNullable<NonNullable<ContainerView["docker"]>["host"]>;

function writeHost({ scheme, name, port }: Host): string {
  if (scheme === "unix") return "unix://…";
  return `${scheme}://${name ?? "…"}${port === null ? "" : `:${port}`}`;
}

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

function problemsOf(server: ContainerView, client: ContainerView | undefined, serverTls: boolean | null): DockerProblem[] {
  const problems: DockerProblem[] = [];
  if (!server.privileged) problems.push("not-privileged");
  const host = client?.docker?.host ?? null;
  if (host === null || client === undefined) return problems;
  if (host.scheme === "unix") return [...problems, "socket"];
  if (host.name === null) return [...problems, "other-host"];
  if (host.port === PLAIN_PORT && serverTls !== false) problems.push("plain-client");
  if (host.port === TLS_PORT && serverTls === false) problems.push("tls-client");
  if (host.port === TLS_PORT && serverTls !== false && !sharesCerts(server, client)) problems.push("no-certs");
  return problems;
}

function sharesCerts(server: ContainerView, client: ContainerView): boolean {
  const volumes = (container: ContainerView) =>
    container.mounts.filter(({ path }) => /^\/certs(\/|$)/.test(path)).map(({ volume }) => volume);
  const mine = volumes(client);
  return volumes(server).some((volume) => mine.includes(volume));
}
