import { RESOURCES, type ResourceName } from "./kube-object.ts";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

export interface ServerVersion {
  major: string;
  minor: string;
  gitVersion: string;
}

export function versionBody({ major, minor, gitVersion }: ServerVersion): object {
  const build = { gitCommit: "bee599726d8f593a23b0e22fcc01e963732ea40b", gitTreeState: "clean", buildDate: "2026-01-10T10:00:00Z" };
  const go = { goVersion: "go1.24.11", compiler: "gc", platform: "linux/amd64" };
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: minor,
    gitVersion,
    ...build,
    ...go,
  };
}

/** `/api`, `/apis`, `/api/v1`, `/apis/apps/v1`, `/apis/coordination.k8s.io/v1`. */
export function discoveryBody(path: string, address: string): object {
  if (path === "/api") {
    return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }] };
  }
  if (path === "/apis") {
    const groups = ["apps", "authorization.k8s.io", "coordination.k8s.io"].map((name) => {
      const version = { groupVersion: `${name}/v1`, version: "v1" };
      return { name, versions: [version], preferredVersion: version };
    });
    return { kind: "APIGroupList", apiVersion: "v1", groups };
  }
  const group = path === "/api/v1" ? "" : (path.split("/")[2] ?? "");
  const names = (Object.keys(RESOURCES) as ResourceName[]).filter((name) => RESOURCES[name].group === group);
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: group === "" ? "v1" : `${group}/v1`,
    resources: names.map((name) => {
      const { kind, singular, short, namespaced } = RESOURCES[name];
      return { name, singularName: singular, namespaced, kind, verbs: VERBS, shortNames: short };
    }),
  };
}
