import { fields, integer, name } from "./read-field.ts";

export interface LeaseName {
  namespace: string;
  name: string;
}

export function leasePath({ namespace, name: lease }: LeaseName): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases/${encodeURIComponent(lease)}`;
}

/** coordination.k8s.io/v1 Lease, as far as an election needs it. `holder` null: nobody. */
export interface LeaseRecord {
  resourceVersion: string;
  holder: string | null;
  durationSeconds: number;
  /** As it is written, to see that it moves; never compared with a clock. */
  renewTime: string;
  acquireTime: string;
  transitions: number;
}

/** As the API server's own components write it. */
export const LEASE_SECONDS = 15;

/** null: no Lease. Fields that nobody has written yet are those of a lease that nobody holds. */
export function readLease(raw: unknown): LeaseRecord | null {
  const { kind, metadata, spec } = fields(raw);
  const resourceVersion = name(fields(metadata)["resourceVersion"]);
  if (kind !== "Lease" || resourceVersion === null) return null;
  const { holderIdentity, leaseDurationSeconds, renewTime, acquireTime, leaseTransitions } = fields(spec);
  return {
    resourceVersion,
    holder: name(holderIdentity),
    durationSeconds: integer(leaseDurationSeconds) ?? LEASE_SECONDS,
    renewTime: name(renewTime) ?? "",
    acquireTime: name(acquireTime) ?? "",
    transitions: integer(leaseTransitions) ?? 0,
  };
}
