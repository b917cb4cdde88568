import type { Fleet } from "../model/fleet.ts";
import type { ManagerProcess } from "../model/manager.ts";

/** The least busy of the managers that have something to do. */
function leastBusy(fleet: Fleet): ManagerProcess | undefined {
  return fleet.managers.filter((manager) => manager.alive && manager.jobs.size > 0).toSorted((a, b) => a.jobs.size - b.jobs.size)[0];
}

/** A manager loses its process now and then; its jobs become orphans. */
export function killManagers(fleet: Fleet, everyMs: number, firstMs: number, reason: "OOMKilled" | "Error" = "OOMKilled"): void {
  fleet.timeline.every(everyMs, () => leastBusy(fleet)?.kill(reason, 12_000), firstMs);
}

/** A manager is told to stop (SIGTERM), as in a rollout: it ends its jobs as interrupted. */
export function interruptManagers(fleet: Fleet, everyMs: number, firstMs: number): void {
  fleet.timeline.every(everyMs, () => leastBusy(fleet)?.interrupt(), firstMs);
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

/**
 * What gitlab-runner-pod-cleanup does: failed job pods older than `failedMs` go, and orphans (no manager holds them) older than `orphanMs`.
 */
export function cleanUp(fleet: Fleet, failedMs: number, orphanMs = Number.POSITIVE_INFINITY): void {
  fleet.timeline.every(15_000, () => {
    for (const cluster of fleet.clusters) {
      for (const pod of cluster.pods.values()) {
        if (pod.startedAt === null || pod.object.metadata.annotations?.["job.runner.gitlab.com/id"] === undefined) continue;
        const age = (fleet.timeline.now - pod.startedAt) * fleet.timeline.speed;
        const orphaned = pod.listeners.size === 0;
        if ((pod.phase === "Failed" && age > failedMs) || (orphaned && age > orphanMs)) cluster.deletePod(pod);
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
