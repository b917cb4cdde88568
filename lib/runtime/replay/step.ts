import type { EventRecord, NodeRecord, PodRecord, WorkloadRecord } from "../../kubernetes/schema.ts";
import type { ManagedJob, ManagerMetrics } from "../../manager/schema.ts";
import type { CadvisorPage } from "../../metrics/schema.ts";

/** One thing that was recorded, at its time (ms since the epoch). `records.jsonl` holds these, a line each. */
export type Step = { atMs: number } & (
  | { kind: "pod"; record: PodRecord }
  | { kind: "gone"; record: PodRecord; ending: "watched" | "missed" }
  | { kind: "event"; record: EventRecord }
  | { kind: "node"; record: NodeRecord }
  | { kind: "workload"; record: WorkloadRecord }
  | { kind: "page"; page: CadvisorPage }
  /** `address`: the manager pod's IP. */
  | { kind: "manager"; address: string; metrics: ManagerMetrics; jobs: ManagedJob[] }
);
