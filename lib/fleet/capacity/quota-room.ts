import type { RbacRule } from "../../base/source-state.ts";
import type { QuotaRecord } from "../../kubernetes/schema.ts";
import type { JobSize } from "./fit-jobs.ts";

/** The quotas of one namespace; null: they may not be read, and `rule` is the right that is missing. */
export interface QuotaReading {
  readonly quotas: readonly QuotaRecord[] | null;
  readonly rule: RbacRule | null;
}

/** What is left of the quota that leaves least room for job pods. */
export interface QuotaRoom {
  namespace: string;
  name: string;
  resource: string;
  used: number;
  hard: number;
  /** More jobs of today's mix. */
  fits: number;
}

/** The tightest of all quotas; null: none bounds job pods. `job`: the mean of today's mix, null: not known. */
export function quotaRoom(readings: Iterable<QuotaReading>, job: JobSize | null): QuotaRoom | null {
  let least: QuotaRoom | null = null;
  for (const { quotas } of readings) {
    for (const { namespace, name, counted } of quotas ?? []) {
      for (const { resource, hard, used } of counted) {
        const fits = fitsOf(resource, hard - used, job);
        if (fits !== null && (least === null || fits < least.fits)) least = { namespace, name, resource, used, hard, fits };
      }
    }
  }
  return least;
}

/** Resources as a quota names them (kubernetes docs, "Resource Quotas"); null: no job pod takes of it, or how much is not known. */
function fitsOf(resource: string, left: number, job: JobSize | null): number | null {
  switch (resource) {
    case "pods":
    case "count/pods":
      return whole(left, 1);
    case "cpu":
    case "requests.cpu":
      return job === null ? null : whole(left, job.cpuMillicores / 1_000);
    case "memory":
    case "requests.memory":
      return job === null ? null : whole(left, job.memoryBytes);
    case "limits.cpu":
    case "limits.memory":
      // The mix has requests only.
      return left <= 0 ? 0 : null;
    default:
      return null;
  }
}

function whole(left: number, need: number): number | null {
  return need <= 0 ? null : Math.max(0, Math.floor(left / need));
}
