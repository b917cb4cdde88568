import path from "node:path/posix";

/** One broken law. `law` is the number in the README; the message ends with the remedy. */
export interface Breach {
  law: number;
  message: string;
}

const SOURCES = ["lib/kubernetes", "lib/metrics", "lib/manager", "lib/gitlab", "lib/logs"];
const ZONES = [
  "lib/base",
  ...SOURCES,
  "lib/fleet",
  "lib/history",
  "lib/stream",
  "lib/access",
  "lib/runtime",
  "lib/demo",
  "lib/testing",
  "components/ui",
  "components/charts",
  "components",
  "app",
  "e2e",
  "deploy",
  ".ci",
];

/** The zone of a path inside the repository, or null for top-level files such as next.config.ts. */
export function zoneOf(file: string): string | null {
  return ZONES.find((zone) => file === zone || file.startsWith(`${zone}/`)) ?? null;
}

/** The repository path an import means, or null when it is a package. */
export function targetOf(file: string, specifier: string): string | null {
  if (specifier.startsWith("@/")) return specifier.slice(2);
  if (specifier.startsWith(".")) return path.normalize(path.join(path.dirname(file), specifier));
  return null;
}

const isSchema = (target: string) => /(^|\/)schema(\.ts)?$/.test(target);
const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.startsWith("e2e/") || file.startsWith(".ci/");

/** The first law that this import breaks, or null. `typeOnly`: `import type`, which leaves no trace at run time. */
export function checkImport(file: string, specifier: string, typeOnly: boolean): Breach | null {
  const target = targetOf(file, specifier);
  if (target === null) return null;
  const from = zoneOf(file);
  const to = zoneOf(target);
  if (from === null || to === null || (from === to && from !== "components")) return serverLaw(file, target, typeOnly);
  return (
    everywhereLaw(file, from, target, to) ??
    (isTest(file) || from === "lib/testing" || from === "lib/demo"
      ? null
      : (layerLaw(from, target, to) ?? serverLaw(file, target, typeOnly) ?? (from === "components" ? weightLaw(target, typeOnly) : null)))
  );
}

function everywhereLaw(file: string, from: string, target: string, to: string): Breach | null {
  if (to === "app" && from !== "app" && !target.startsWith("app/i18n/messages/")) {
    return { law: 8, message: `Nothing imports app/ (${target}). Move the shared part into components/ or lib/.` };
  }
  if ((to === "lib/testing" || to === "lib/demo") && !isTest(file) && from !== "lib/testing" && from !== "lib/demo") {
    return { law: 8, message: `${to} is for tests, e2e and its own entry. Move what production code needs into its domain.` };
  }
  return null;
}

function layerLaw(from: string, target: string, to: string): Breach | null {
  if (from === "lib/base")
    return { law: 1, message: `lib/base imports nothing of ours (${target}). Move the code up, or pass the value in.` };
  if (to === "lib/base") return null;
  if (SOURCES.includes(from))
    return { law: 2, message: `${from} imports only lib/base and itself, not ${target}. Sources are strangers: join them in lib/fleet.` };
  if (from === "lib/fleet" && !(SOURCES.includes(to) && isSchema(target))) {
    return {
      law: 3,
      message: `lib/fleet imports only the schema.ts of sources, and lib/base, not ${target}. Take the value as a parameter.`,
    };
  }
  if ((from === "lib/history" || from === "lib/stream") && to !== "lib/fleet") {
    return { law: 4, message: `${from} imports lib/fleet and lib/base only, not ${target}. Let lib/runtime hand the value over.` };
  }
  if (to === "lib/runtime" && from !== "app")
    return { law: 5, message: `Only app/ imports lib/runtime, not ${from}. Take what is needed as a parameter or a prop.` };
  if (from === "components/ui" || from === "components/charts") {
    if (to === "components/ui") return null;
    return { law: 7, message: `${from} knows no domain, so it does not import ${target}. Pass plain props.` };
  }
  if (
    from === "components" &&
    to.startsWith("lib/") &&
    !isSchema(target) &&
    target !== "lib/fleet/kinds.ts" &&
    !target.startsWith("lib/stream/client/") &&
    !target.startsWith("lib/stream/frame")
  ) {
    return {
      law: 7,
      message: `Components import ui, charts, schemas, lib/base and lib/stream/client, not ${target}. Derive on the server or move the helper to lib/base.`,
    };
  }
  return null;
}

/** Schemas carry zod, an eighth of the script that a page loads first. */
function weightLaw(target: string, typeOnly: boolean): Breach | null {
  if (typeOnly || !(isSchema(target) || /(-schema|\/source-state)(\.ts)?$/.test(target))) return null;
  return {
    law: 7,
    message: `Components take only types from ${target}. Use "import type"; take lists from kinds.ts, check answers by hand.`,
  };
}

const inServerHalf = (file: string) => /(^|\/)server\//.test(file);

function serverLaw(file: string, target: string, typeOnly: boolean): Breach | null {
  const mayUse = inServerHalf(file) || isTest(file) || /^(lib\/(runtime|testing|demo)\/|app\/|instrumentation|proxy)/.test(file);
  if (!inServerHalf(target) || typeOnly || mayUse) return null;
  return { law: 6, message: `Browser-safe code does not import ${target}. Use "import type", or move the caller into a server/ folder.` };
}

const MAX_DEPTH = 4;

/** Laws about where a file is and what it is called. */
export function checkPlace(file: string): Breach[] {
  const found: Breach[] = [];
  const parts = file.split("/");
  const folders = parts.slice(0, -1).filter((part) => !/^\(.*\)$/.test(part));
  if (/^(app|components|lib)$/.test(folders[0] ?? "") && folders.length - 1 > MAX_DEPTH && !file.startsWith("app/api/")) {
    found.push({ law: 9, message: `Folders nest deeper than ${MAX_DEPTH} under ${folders[0]}/. Flatten: one folder a domain.` });
  }
  if (parts.some((part) => /^(utils?|helpers?|misc|common)(\.tsx?)?$/.test(part)) && !file.includes("/messages/")) {
    found.push({ law: 9, message: `"${parts.at(-1)}" names no noun. Name the file after the one thing it holds.` });
  }
  if (/^index\.tsx?$/.test(parts.at(-1) ?? "")) found.push({ law: 9, message: "No barrels. Import from the file that defines the thing." });
  return found;
}

/** True where the first statement must be `import "server-only"`. */
export function needsServerOnly(file: string): boolean {
  return /^(lib|components)\/.*\/?server\//.test(file) && !isTest(file);
}
