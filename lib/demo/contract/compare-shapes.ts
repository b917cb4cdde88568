/**
 * The key paths of a JSON value, sorted. List items become `[]`, or `[name]` where items are told apart by a name, type or key;
 * what is different for each pod (ids, suffixes) is made equal by `normalize`.
 */
export function keyPaths(value: unknown, normalize: (path: string) => string = (path) => path): string[] {
  const found = new Set<string>();
  walk(value, "", (path) => found.add(normalize(path)));
  return [...found].toSorted();
}

function walk(value: unknown, path: string, add: (path: string) => void): void {
  if (Array.isArray(value)) {
    if (value.length === 0) add(`${path}[]`);
    for (const item of value) walk(item, `${path}[${itemName(item)}]`, add);
    return;
  }
  if (typeof value !== "object" || value === null) {
    add(`${path}: ${value === null ? "null" : typeof value}`);
    return;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) add(`${path}: {}`);
  for (const [key, inner] of entries) walk(inner, path === "" ? key : `${path}.${key}`, add);
}

function itemName(item: unknown): string {
  if (typeof item !== "object" || item === null) return "";
  const { name, type, mountPath, manager } = item as Record<string, unknown>;
  if (typeof mountPath === "string") return mountPath;
  if (typeof type === "string") return type;
  if (typeof manager === "string") return manager.split(" ")[0] ?? "";
  return typeof name === "string" ? name : "";
}

export interface Difference {
  missing: string[];
  extra: string[];
}

/** What the recording has and the model has not, and the other way round, without what `listed` explains. */
export function difference(recorded: readonly string[], made: readonly string[], listed: readonly RegExp[] = []): Difference {
  const unexplained = (path: string) => !listed.some((pattern) => pattern.test(path));
  const madeSet = new Set(made);
  const recordedSet = new Set(recorded);
  return {
    missing: recorded.filter((path) => !madeSet.has(path) && unexplained(path)),
    extra: made.filter((path) => !recordedSet.has(path) && unexplained(path)),
  };
}
