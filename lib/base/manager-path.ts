/** A job names its manager by cluster and pod, so that is all an address holds. */
interface Place {
  cluster: string;
  pod: string;
}

/** Where a manager stands on the page `/managers`. */
export function managerAnchor({ cluster, pod }: Place): string {
  return `${cluster}/${pod}`.replaceAll(/[^A-Za-z0-9._-]+/g, "-");
}

export function managerPath(manager: Place): string {
  return `/managers#${managerAnchor(manager)}`;
}

/** The page that shows these managers: at the first of them. */
export function managersPath(managers: readonly Place[]): string {
  const [first] = managers;
  return first === undefined ? "/managers" : managerPath(first);
}
