import { expect, it } from "vitest";
import { readQuota } from "./read-quota.ts";

const raw = (spec: object, status: object) => ({ metadata: { name: "team", namespace: "ci" }, spec, status });

it("has what the quota controller counted, in base units", () => {
  const hard = { pods: "10", "requests.cpu": "1500m", "limits.memory": "2Gi", "count/jobs.batch": "3" };
  const used = { pods: "3", "requests.cpu": "1", "limits.memory": "512Mi", "count/jobs.batch": "0" };
  expect(readQuota(raw({ hard: { pods: "20" } }, { hard, used }))).toEqual([
    {
      namespace: "ci",
      name: "team",
      counted: [
        { resource: "pods", hard: 10, used: 3 },
        { resource: "requests.cpu", hard: 1.5, used: 1 },
        { resource: "limits.memory", hard: 2 * 2 ** 30, used: 512 * 2 ** 20 },
        { resource: "count/jobs.batch", hard: 3, used: 0 },
      ],
    },
  ]);
});

it.each<[what: string, given: Record<string, unknown>]>([
  ["was not counted yet", raw({ hard: { pods: "3" } }, {})],
  ["cannot be read", raw({}, { hard: { pods: "many" }, used: { pods: {} } })],
  ["has a scope: which pods it takes in is not known", raw({ scopes: ["Terminating"] }, { hard: { pods: "3" }, used: { pods: "3" } })],
  [
    "selects by priority",
    raw(
      { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "Exists" }] } },
      { hard: { pods: "3" }, used: { pods: "3" } },
    ),
  ],
  ["has no name", { metadata: {}, status: { hard: { pods: "3" }, used: { pods: "3" } } }],
])("one that %s is none", (_what, given) => {
  expect(readQuota(given)).toEqual([]);
});
