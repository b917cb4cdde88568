import { describe, expect, it } from "vitest";
import deployment from "../testing/recorded/deployment-manager.json" with { type: "json" };
import replicaSet from "../testing/recorded/replicaset-manager.json" with { type: "json" };
import { readDeployment, readReplicaSet } from "./read-workload.ts";
import { workloadRecordSchema } from "./schema.ts";

const context = { cluster: "test", seenAt: "2026-11-24T04:25:00.123Z" };

describe("readDeployment and readReplicaSet", () => {
  it("reads the recorded manager, without its last-applied configuration", () => {
    const record = readDeployment(deployment, context);
    expect(workloadRecordSchema.strict().parse(record)).toEqual(record);
    expect(record).toMatchObject({
      kind: "Deployment",
      labels: { chart: "gitlab-runner-0.88.1" },
      images: ["localhost/gitlab-runner:v19.4.0"],
      replicas: { desired: 3, current: 3, ready: 3, updated: 3 },
    });
    expect(JSON.stringify(record)).not.toContain("KUBERNETES_SERVICE_HOST");
  });

  it("reads the replica set and its owner", () => {
    const record = readReplicaSet(replicaSet, context);
    expect(record).toMatchObject({
      kind: "ReplicaSet",
      owners: [{ kind: "Deployment", name: "gitlab-runner", controller: true }],
      replicas: { desired: 3, updated: 3 },
    });
  });

  it("counts what is left out as 0, and takes labels of the template", () => {
    const template = { metadata: { labels: { "app.kubernetes.io/component": "runner", other: "x" } } };
    expect(readDeployment({ metadata: { uid: "u", name: "n", namespace: "ns" }, spec: { template } }, context)).toMatchObject({
      labels: { "app.kubernetes.io/component": "runner" },
      replicas: { desired: 1, current: 0, ready: 0, updated: 0 },
    });
  });
});
