import type { Job } from "@/lib/fleet/schema.ts";

/** When a job's dockerd was ready and when it was needed. */
export interface Readiness {
  server: string;
  /** Start of the service's container. */
  startedAt: string | null;
  facts: Job["docker"];
  /** From the container's start until the API listens; null: not known. */
  upMs: number | null;
  /** How long dockerd had listened when the first docker command came; negative: the command came first. */
  marginMs: number | null;
  /** The kernel killed something in a container inside it. */
  nestedKill: boolean;
}

/** null: the job has no Docker-in-Docker service. The kubelet's times have whole seconds, so a start may seem later than what came after it. */
export function prepareReadiness({ containers, docker }: Pick<Job, "containers" | "docker">): Readiness | null {
  const server = containers.find(({ role }) => role === "dind");
  if (server === undefined) return null;
  const state = server.state.state === "known" ? server.state.value : null;
  const startedAt = state === null || state.kind === "waiting" ? null : state.startedAt;
  const from = startedAt ?? docker?.startingAt ?? null;
  const listening = docker?.listeningAt ?? null;
  const command = docker?.commandAt ?? null;
  return {
    server: server.name,
    startedAt,
    facts: docker,
    upMs: from === null || listening === null ? null : Math.max(0, Date.parse(listening) - Date.parse(from)),
    marginMs: listening === null || command === null ? null : Date.parse(command) - Date.parse(listening),
    nestedKill: server.usage.state === "known" && server.usage.value.nestedOom !== null,
  };
}
