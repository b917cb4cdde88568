import { describe, expect, it } from "vitest";
import type { AccessAttributes, Answer } from "../rights.ts";
import { probeRights } from "./rights.ts";

/** Allows what `allow` says, and counts the questions. */
function reviewer(allow: (attributes: AccessAttributes) => Answer) {
  const asked: string[] = [];
  const review = (attributes: AccessAttributes) => {
    asked.push(`${attributes.verb} ${attributes.resource}.${attributes.group} ${attributes.namespace ?? "*"}`);
    return Promise.resolve(allow(attributes));
  };
  return { asked, review };
}

describe("probeRights", () => {
  it("asks two questions for each resource when everything is allowed", async () => {
    const { asked, review } = reviewer(() => true);
    const rights = await probeRights({ review, namespaces: null });
    expect(Object.values(rights).every((one) => one.scope === "cluster")).toBe(true);
    expect(asked.toSorted()).toEqual(
      ["pods.", "events.", "nodes.", "deployments.apps", "replicasets.apps"].flatMap((r) => [`list ${r} *`, `watch ${r} *`]).toSorted(),
    );
  });

  it("falls back to the namespace of the context, and names the rule for nodes", async () => {
    const { review } = reviewer(({ namespace }) => namespace === "ci");
    const rights = await probeRights({ review, namespaces: null, contextNamespace: "ci" });
    expect(rights.pods).toEqual({ scope: "namespaces", namespaces: ["ci"], forbidden: [] });
    expect(rights.nodes).toEqual({
      scope: "forbidden",
      rule: { apiGroup: "", resource: "nodes", verbs: ["list", "watch"], namespace: null },
    });
  });

  it("tries `default` where the context has no namespace", async () => {
    const { review } = reviewer(({ namespace }) => namespace === "default");
    expect((await probeRights({ review, namespaces: null, contextNamespace: null })).events).toEqual({
      scope: "namespaces",
      namespaces: ["default"],
      forbidden: [],
    });
  });

  it("names only the verb that is missing", async () => {
    const { review } = reviewer(({ verb, resource }) => !(verb === "watch" && resource === "replicasets"));
    const rights = await probeRights({ review, namespaces: null });
    expect(rights.replicasets).toEqual({
      scope: "forbidden",
      rule: { apiGroup: "apps", resource: "replicasets", verbs: ["watch"], namespace: null },
    });
    expect(rights.pods).toEqual({ scope: "cluster" });
  });

  it("stays in the configured namespaces even when all are allowed; nodes stay cluster-wide", async () => {
    const { asked, review } = reviewer(() => true);
    const rights = await probeRights({ review, namespaces: ["ci", "ci-2", "ci"] });
    expect(rights.pods).toEqual({ scope: "namespaces", namespaces: ["ci", "ci-2"], forbidden: [] });
    expect(rights.nodes).toEqual({ scope: "cluster" });
    expect(asked).toHaveLength(10);
  });

  it("splits configured namespaces into allowed and refused", async () => {
    const { review } = reviewer(({ namespace }) => namespace === "ci");
    const rights = await probeRights({ review, namespaces: ["ci", "other"], contextNamespace: "ci" });
    expect(rights.pods).toEqual({
      scope: "namespaces",
      namespaces: ["ci"],
      forbidden: [{ apiGroup: "", resource: "pods", verbs: ["list", "watch"], namespace: "other" }],
    });
    const refused = await probeRights({ review: reviewer(() => false).review, namespaces: ["ci"] });
    expect(refused.deployments).toEqual({
      scope: "namespaces",
      namespaces: [],
      forbidden: [{ apiGroup: "apps", resource: "deployments", verbs: ["list", "watch"], namespace: "ci" }],
    });
  });

  it("lets the watch try where the review gave no answer or failed", async () => {
    expect((await probeRights({ review: reviewer(() => "unknown").review, namespaces: null })).pods).toEqual({ scope: "cluster" });
    const failing = () => Promise.reject(new Error("503"));
    expect((await probeRights({ review: failing, namespaces: ["ci"] })).pods).toEqual({
      scope: "namespaces",
      namespaces: ["ci"],
      forbidden: [],
    });
  });
});
