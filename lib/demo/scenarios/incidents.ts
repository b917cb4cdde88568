import type { Fleet } from "../model/fleet.ts";

/** A manager loses its process now and then; its jobs become orphans. */
export function killManagers(fleet: Fleet, everyMs: number, firstMs: number, reason: "OOMKilled" | "Error" = "OOMKilled"): void {
  fleet.timeline.every(
    everyMs,
    () => {
      const busy = fleet.managers.filter((manager) => manager.alive && manager.jobs.size > 0);
      if (busy.length > 0) fleet.random.pick(busy).kill(reason, 12_000);
    },
    firstMs,
  );
}

/** A manager is told to stop (SIGTERM), as in a rollout: it ends its jobs as interrupted. */
export function interruptManagers(fleet: Fleet, everyMs: number, firstMs: number): void {
  fleet.timeline.every(
    everyMs,
    () => {
      const busy = fleet.managers.filter((manager) => manager.alive && manager.jobs.size > 0);
      if (busy.length > 0) fleet.random.pick(busy).interrupt();
    },
    firstMs,
  );
}

/** A node falls silent and comes back after `awayMs`. */
export function loseNode(fleet: Fleet, name: string, everyMs: number, firstMs: number, awayMs: number): void {
  fleet.timeline.every(
    everyMs,
    () => {
      const found = fleet.node(name);
      if (!found) return;
      found.cluster.nodeController.lose(found.node);
      fleet.timeline.after(awayMs, () => found.cluster.nodeController.recover(found.node));
    },
    firstMs,
  );
}

/** Orphans are cleaned up by hand, as gitlab-runner-pod-cleanup would: failed job pods older than `ageMs` go. */
export function cleanUp(fleet: Fleet, ageMs: number): void {
  fleet.timeline.every(30_000, () => {
    for (const cluster of fleet.clusters) {
      for (const pod of cluster.pods.values()) {
        const over =
          pod.phase === "Failed" && pod.startedAt !== null && (fleet.timeline.now - pod.startedAt) * fleet.timeline.speed > ageMs;
        if (over) cluster.deletePod(pod);
      }
    }
  });
}

/** GitLab answers 429 for a while, to runners and to everybody else. */
export function throttleGitlab(fleet: Fleet, everyMs: number, firstMs: number, forMs: number): void {
  fleet.timeline.every(
    everyMs,
    () => {
      fleet.gitlab.refuses = true;
      fleet.timeline.after(forMs, () => {
        fleet.gitlab.refuses = false;
      });
    },
    firstMs,
  );
}
