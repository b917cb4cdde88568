import type { PodContainer, PodRecord } from "../kubernetes/schema.ts";

/**
 * Which host names belong to which service. The runner writes one entry for 127.0.0.1 with the names of all services, service after
 * service: names made of the image first, then aliases (runner `executors/kubernetes/host_aliases.go`). Names that no image explains
 * belong to the service named last before them; a container's own name always belongs to it.
 */
export function assignAliases(
  hostAliases: PodRecord["hostAliases"],
  services: readonly Pick<PodContainer, "name" | "image">[],
): ReadonlyMap<string, string[]> {
  const hostnames = hostAliases.find((entry) => entry.ip === "127.0.0.1")?.hostnames ?? [];
  const assigned = new Map<string, string[]>(services.map((service) => [service.name, []]));
  const only = services.length === 1 ? services[0] : undefined;
  let current: string | null = only?.name ?? null;
  for (const hostname of hostnames) {
    const own = services.find((service) => service.name === hostname);
    const byImage = services.filter((service) => namesOfImage(service.image).includes(hostname));
    // Two services of one image: the name says nothing about which.
    if (own !== undefined) current = own.name;
    else if (byImage.length === 1) current = byImage[0]?.name ?? current;
    if (current === null) continue;
    const list = assigned.get(current);
    if (list !== undefined && !list.includes(hostname)) list.push(hostname);
  }
  return assigned;
}

/** `registry:5000/group/name:tag` → `registry__group__name`, `registry-group-name` (GitLab docs: accessing the services). */
function namesOfImage(image: string): string[] {
  const path = image
    .replace(/@.*$/, "")
    .replace(/:[^/:]*$/, "")
    .replace(/^([^/]+):\d+\//, "$1/");
  return [path.replaceAll("/", "__"), path.replaceAll("/", "-")];
}
