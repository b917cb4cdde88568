import type { Timestamp } from "../base/known.ts";
import { statusField } from "./derive-containers.ts";
import { shapeOf } from "./find-jobs.ts";
import type { PodFacts } from "./pod-facts.ts";
import type { ContainerView, Evidence, Job } from "./schema.ts";

/** A container that ended although the pod was not being deleted, and not for memory. */
export interface Exit {
  container: ContainerView;
  code: number;
  at: Timestamp | null;
  evidence: Evidence[];
  shape: Job["shape"];
}

/** Exits that mean something: containers of a job pod are shells and servers that do not end by themselves; a good init container does. */
export function findExits(facts: PodFacts): Exit[] {
  const shape = shapeOf(facts.pod);
  return facts.containers.flatMap((container) => {
    const state = container.state.state === "known" ? container.state.value : null;
    if (
      state?.kind !== "terminated" ||
      container.afterDeletion ||
      state.reason === "OOMKilled" ||
      state.reason === "ContainerStatusUnknown"
    )
      return [];
    if (container.role === "init" && state.exitCode === 0) return [];
    const kind = facts.pod.containers.find((one) => one.name === container.name)?.kind ?? "regular";
    const value = `${state.reason ?? "ended"}, exit ${state.exitCode}`;
    const evidence = [
      { source: "kubelet, pod status", field: statusField({ name: container.name, kind }, "terminated"), value, at: state.finishedAt },
    ];
    return [{ container, code: state.exitCode, at: state.finishedAt, evidence, shape }];
  });
}
