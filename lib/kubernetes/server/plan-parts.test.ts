import { describe, expect, it } from "vitest";
import type { RbacRule } from "../../base/source-state.ts";
import { watchedResources, type ResourceRights, type Rights, type WatchedResource } from "../rights.ts";
import { planParts } from "./plan-parts.ts";

const rule = (resource: WatchedResource, namespace: string | null): RbacRule => ({ apiGroup: "", resource, verbs: ["list"], namespace });
const all = (rights: (resource: WatchedResource) => ResourceRights) =>
  Object.fromEntries(watchedResources.map((resource) => [resource, rights(resource)])) as Rights;
const cluster: ResourceRights = { scope: "cluster" };

describe("the plan of watches", () => {
  it("is one watch a resource where everything is allowed", () => {
    const plan = planParts(
      all(() => cluster),
      null,
    );
    expect(plan).toMatchObject({ off: [], scope: "cluster", namespaces: null });
    expect(plan.parts.map(({ resource, namespace, refused }) => [resource, namespace, refused])).toEqual(
      watchedResources.map((resource) => [resource, null, null]),
    );
  });

  it("keeps what is refused as a part with its rule", () => {
    const plan = planParts(
      all((resource) => (resource === "nodes" || resource === "pods" ? { scope: "forbidden", rule: rule(resource, null) } : cluster)),
      null,
    );
    expect(plan).toMatchObject({ off: [], scope: "none", namespaces: null });
    expect(plan.parts.filter((part) => part.refused !== null).map((part) => part.resource)).toEqual(["pods", "nodes"]);
  });

  it("turns nodes off where only namespaces are watched, unless they are allowed", () => {
    const narrow = (nodes: ResourceRights) =>
      planParts(
        all((resource) => (resource === "nodes" ? nodes : { scope: "namespaces", namespaces: ["a"], forbidden: [rule(resource, "b")] })),
        ["a", "b"],
      );
    const without = narrow({ scope: "forbidden", rule: rule("nodes", null) });
    expect(without).toMatchObject({ off: ["nodes"], scope: "namespaces", namespaces: ["a", "b"] });
    expect(without.parts.filter((part) => part.resource === "pods")).toEqual([
      { resource: "pods", namespace: "a", refused: null },
      { resource: "pods", namespace: "b", refused: rule("pods", "b") },
    ]);
    expect(narrow(cluster).off).toEqual([]);
  });

  it("has the scope none when no namespace may be read", () => {
    const plan = planParts(
      all((resource) => ({ scope: "namespaces", namespaces: [], forbidden: [rule(resource, "a")] })),
      ["a"],
    );
    expect(plan.scope).toBe("none");
    expect(plan.parts.every((part) => part.refused !== null)).toBe(true);
  });
});
