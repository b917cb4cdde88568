import type { Job } from "@/lib/fleet/schema.ts";

/** How long the API server keeps an event by default (kube-apiserver `--event-ttl`, 1 h). */
const EVENT_TTL_MS = 3_600_000;

export interface KubectlCommand {
  kind: "events" | "describe" | "yaml" | "top" | "ports" | "docker" | "logs";
  container: string | null;
  text: string;
  /** Null: it works. `pod-gone`: the API server would answer NotFound. `not-started`: there is no log yet. `events-expired`: past the keep time. */
  useless: "pod-gone" | "not-started" | "events-expired" | null;
}

/** Quotes one word for a POSIX shell, so that nothing in it is read as anything but itself. */
export function quoteForShell(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Commands that only read, for a person to run. `context` names the kubeconfig context where several clusters are watched. */
export function prepareCommands(
  job: Pick<Job, "namespace" | "pod" | "uid" | "containers" | "deletedAt">,
  context: string | null,
  nowMs: number,
): KubectlCommand[] {
  const start = ["kubectl", ...(context === null ? [] : ["--context", context]), "-n", job.namespace];
  const line = (...words: string[]) => [...start, ...words].map(quoteForShell).join(" ");
  const gone = job.deletedAt === null ? null : ("pod-gone" as const);
  const expired = job.deletedAt !== null && nowMs > eventsUntilMs(job.deletedAt);
  return [
    {
      kind: "events",
      container: null,
      text: line("get", "events", "--field-selector", `involvedObject.uid=${job.uid}`),
      useless: expired ? "events-expired" : null,
    },
    { kind: "describe", container: null, text: line("describe", "pod", job.pod), useless: gone },
    { kind: "yaml", container: null, text: line("get", "pod", job.pod, "-o", "yaml"), useless: gone },
    { kind: "top", container: null, text: line("top", "pod", job.pod, "--containers"), useless: gone },
    ...insideCommands(job, line, gone),
    ...job.containers.map((container): KubectlCommand => {
      const started = container.state.state === "known" && container.state.value.kind !== "waiting";
      return {
        kind: "logs",
        container: container.name,
        text: line("logs", job.pod, "-c", container.name, "--timestamps"),
        useless: gone ?? (started ? null : "not-started"),
      };
    }),
  ];
}

/** Commands that run something in the pod, for who may: who listens on which port of the shared network, and what dockerd says of itself. */
function insideCommands(
  { pod, containers }: Pick<Job, "pod" | "containers">,
  line: (...words: string[]) => string,
  gone: KubectlCommand["useless"],
): KubectlCommand[] {
  const runs = (role: string) =>
    containers.find((one) => one.role === role && one.state.state === "known" && one.state.value.kind === "running");
  const inside = (kind: "ports" | "docker", container: string, ...words: string[]): KubectlCommand => ({
    kind,
    container,
    text: line("exec", pod, "-c", container, "--", ...words),
    useless: gone,
  });
  const build = containers.find(({ role }) => role === "build");
  const dind = containers.find(({ role }) => role === "dind");
  return [
    ...(build !== undefined && (gone !== null || runs("build") !== undefined) ? [inside("ports", build.name, "netstat", "-tln")] : []),
    ...(dind !== undefined && (gone !== null || runs("dind") !== undefined) ? [inside("docker", dind.name, "docker", "ps", "--all")] : []),
  ];
}

/** Until about when the events of a deleted pod can still be read, in milliseconds since the epoch. */
export function eventsUntilMs(deletedAt: string): number {
  return Date.parse(deletedAt) + EVENT_TTL_MS;
}
