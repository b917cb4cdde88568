import { expect, it } from "vitest";
import { quotaRoom, type QuotaReading } from "./quota-room.ts";

const reading = (...counted: [resource: string, used: number, hard: number][]): QuotaReading => ({
  quotas: [{ namespace: "ci", name: "team", counted: counted.map(([resource, used, hard]) => ({ resource, used, hard })) }],
  rule: null,
});
const job = { cpuMillicores: 500, memoryBytes: 2 ** 29 };
const roomOf = (...counted: Parameters<typeof reading>) => {
  const room = quotaRoom([reading(...counted)], job);
  return room === null ? null : [room.resource, room.fits];
};

it.each<[what: string, counted: [string, number, number][], room: unknown]>([
  ["by number of pods", [["pods", 3, 10]], ["pods", 7]],
  ["by requests of CPU", [["requests.cpu", 1, 2.25]], ["requests.cpu", 2]],
  ["by requests of memory", [["memory", 0, 2 ** 30]], ["memory", 2]],
  [
    "by the scarcest",
    [
      ["pods", 3, 10],
      ["requests.cpu", 3.8, 4],
    ],
    ["requests.cpu", 0],
  ],
  ["used beyond what is allowed now", [["count/pods", 12, 10]], ["count/pods", 0]],
  ["limits that are used up", [["limits.cpu", 8, 8]], ["limits.cpu", 0]],
  ["limits with some left: how much a job takes is not known", [["limits.memory", 1, 8]], null],
  [
    "what no job pod takes",
    [
      ["services", 5, 5],
      ["persistentvolumeclaims", 0, 0],
    ],
    null,
  ],
])("room %s", (_what, counted, room) => {
  expect(roomOf(...counted)).toEqual(room);
});

it("counts pods although no job's size is known, and names the tightest of all namespaces", () => {
  const blind: QuotaReading = { quotas: null, rule: { apiGroup: "", resource: "resourcequotas", verbs: ["list"], namespace: "x" } };
  const other: QuotaReading = {
    quotas: [{ namespace: "b", name: "small", counted: [{ resource: "pods", used: 1, hard: 2 }] }],
    rule: null,
  };
  expect(quotaRoom([blind, reading(["pods", 3, 10], ["requests.cpu", 9, 9]), other], null)).toEqual({
    namespace: "b",
    name: "small",
    resource: "pods",
    used: 1,
    hard: 2,
    fits: 1,
  });
  expect(quotaRoom([blind], job)).toBeNull();
});
