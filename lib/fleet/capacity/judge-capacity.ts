import { unknown } from "../../base/known.ts";
import { say } from "../sentence-keys.ts";
import type { Capacity } from "./schema.ts";

const NO_ROOM = { perNode: null, inTotal: null };

/** Which ceiling binds: slots, the request path, or the cluster. */
export function judgeCapacity(): Capacity {
  return {
    binds: "unknown",
    sentence: say("capacity.unknown", {}),
    slots: { managers: 0, unknownManagers: 0, total: 0, used: 0, free: 0 },
    requestPath: { state: "unknown", statuses: [], since: null, failing: [] },
    cluster: {
      fits: unknown("not-connected"),
      boundBy: null,
      cpu: NO_ROOM,
      memory: NO_ROOM,
      pods: NO_ROOM,
      mix: null,
      nodes: 0,
      leftOut: 0,
      unschedulable: 0,
      withoutPod: 0,
    },
    evidence: [],
    whyNot: [],
  };
}
