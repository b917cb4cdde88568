import type { JobRow } from "@/lib/fleet/schema.ts";

export type DotContainer = JobRow["containers"][number];
/** State of a container as one shape. `done`: ended, and its exit code says nothing bad about the job. */
export type ContainerMark = "running" | "waiting" | "pull" | "done" | "oom" | "fail" | "none" | "unknown";

/** Its shape and tone, wherever a container is shown. */
export const MARK_SHAPES = {
  running: { name: "live", tone: "running" },
  waiting: { name: "stale", tone: "waiting" },
  pull: { name: "image-pull-failed", tone: "danger" },
  done: { name: "stopped", tone: "faint" },
  oom: { name: "oom-killed", tone: "danger" },
  fail: { name: "script-failed", tone: "danger" },
  none: { name: "not-started", tone: "unknown" },
  unknown: { name: "unknown", tone: "unknown" },
} as const satisfies Record<ContainerMark, unknown>;

/** Reasons by which the kubelet says that an image cannot be had (kubelet `pkg/kubelet/images/types.go`). */
const PULL_REASONS: ReadonlySet<string> = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
]);
/** Build first, then helper, then what it talks to: the order never changes, so that positions can be learned. */
const ROLE_ORDER: readonly DotContainer["role"][] = ["init", "build", "helper", "dind", "service", "other"];

/** What one container's dot shows. Exit codes after deletion are the deletion's doing, except a kill for memory. */
export function markContainer({ state, afterDeletion }: Pick<DotContainer, "state" | "afterDeletion">): ContainerMark {
  if (state.state === "unknown") return state.reason === "not-reached" ? "none" : "unknown";
  const { value } = state;
  if (value.kind === "running") return "running";
  if (value.kind === "waiting") return PULL_REASONS.has(value.reason ?? "") ? "pull" : "waiting";
  if (value.reason === "OOMKilled") return "oom";
  return value.exitCode === 0 || afterDeletion ? "done" : "fail";
}

/** Containers in their fixed order; an init container shows only while it runs or when it failed. */
export function shownContainers(containers: readonly DotContainer[]): DotContainer[] {
  return containers
    .filter((container) => container.role !== "init" || markContainer(container) !== "done")
    .toSorted((a, b) => ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role) || a.name.localeCompare(b.name));
}

/** The one letter beside the dot: i, b, h, d for the runner's own, else the first letter of the service's image. */
export function containerLetter({ role, name, image }: Pick<DotContainer, "role" | "name" | "image">): string {
  if (role === "init") return "i";
  if (role === "build") return "b";
  if (role === "helper") return "h";
  if (role === "dind") return "d";
  const base = image.split("@")[0]?.split("/").at(-1)?.split(":")[0] ?? "";
  return ((role === "service" ? base : name)[0] ?? name[0] ?? "?").toLowerCase();
}
