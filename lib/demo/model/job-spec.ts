/** CPU and memory of one container; null = not set. */
export interface Amounts {
  cpuMillicores: number | null;
  memoryBytes: number | null;
}

export interface ContainerResources {
  requests: Amounts;
  limits: Amounts;
}

/**
 * What a container wants for a while. Throttling and OOM kills follow from it and from the limits; nothing here says "is throttled".
 * `cores`: CPU it would use in a 100 ms period in which it runs at all. `busy`: share of periods in which it runs (0…1).
 * `memoryBytes`: where its memory stands at the end of the step (grows evenly). `forMs`: how long it takes with all the CPU it wants.
 */
export interface Step {
  forMs: number;
  cores: number;
  busy: number;
  memoryBytes: number;
  cacheBytes?: number;
}

/** What the kernel's OOM killer takes in this container: the main process (PID 1), or a child of it. */
export type OomVictim = "main" | "child";

export interface ServiceSpec {
  alias: string | null;
  image: string;
  command?: string[];
  args?: string[];
  resources: ContainerResources;
  /** What it does from its start; the last step goes on for ever. */
  steps: Step[];
  oomVictim: OomVictim;
  /** What it does at SIGTERM: dockerd ends by itself with 0, many others sit until SIGKILL. */
  onTerm: "exits" | "ignores";
  /** Ends by itself: how long after its start and with which code. */
  exits: { afterMs: number; code: number } | null;
}

/** Things that happen to a job from outside, in ms after its script began. */
export interface JobFate {
  cancelAfterMs?: number;
  deleteAfterMs?: number;
}

export interface ProjectSpec {
  id: number;
  name: string;
  path: string;
  namespaceId: number;
}

/** One job as GitLab hands it out, and what it will do. */
export interface JobSpec {
  name: string;
  stage: string;
  project: ProjectSpec;
  ref: string;
  tags: string[];
  image: string;
  privileged: boolean;
  build: ContainerResources;
  helper: ContainerResources;
  services: ServiceSpec[];
  /** Git clone, cache and artifacts downloads, in `helper`. */
  fetch: Step[];
  /** The script, in `build`. */
  script: Step[];
  /** Exit code of the script when nothing interferes. */
  exitCode: number;
  /** A child of the script is OOM-killed: does the script end with 137, or go on? Counts where one process is killed (cgroup v1). */
  onChildKilled: "fails" | "goes-on";
  hasAfterScript: boolean;
  /** Cache and artifacts uploads, in `helper`. */
  upload: Step[];
  /** The init container's step. */
  init: Step;
  timeoutMs: number;
  fate: JobFate;
  /** More build variables that go into the pod spec as they are. */
  variables: Record<string, string>;
}
