import type { Manager } from "@/lib/fleet/schema.ts";

/** Where a manager stands on the page `/managers`. A job names its manager by cluster and pod, so that is all the address holds. */
export function managerAnchor({ cluster, pod }: Pick<Manager, "cluster" | "pod">): string {
  return `${cluster}/${pod}`.replaceAll(/[^A-Za-z0-9._-]+/g, "-");
}

export function managerPath(manager: Pick<Manager, "cluster" | "pod">): string {
  return `/managers#${managerAnchor(manager)}`;
}
