import { describe, expect, it } from "vitest";
import { fitJobs, type NodeRoom } from "./fit-jobs.ts";

const GB = 1e9;
const nodes = (count: number, cores: number, gigabytes: number, pods: number | null = 110): NodeRoom[] =>
  Array.from({ length: count }, () => ({ cpuMillicores: cores * 1_000, memoryBytes: gigabytes * GB, pods }));
const job = (cpu: number, gigabytes: number) => ({ cpuMillicores: cpu * 1_000, memoryBytes: gigabytes * GB });

describe("how many jobs fit", () => {
  it("3 nodes × 8 cores / 32 GB, job 4.5 CPU / 4.5 GB: 5 by CPU and 21 by memory in total, 3 whole jobs node by node", () => {
    expect(fitJobs(nodes(3, 8, 32), job(4.5, 4.5))).toMatchObject({
      fits: 3,
      boundBy: "cpu",
      cpu: { perNode: 3, inTotal: 5 },
      memory: { perNode: 21, inTotal: 21 },
    });
  });

  it("the same at half of its use: 10 by CPU in total", () => {
    expect(fitJobs(nodes(3, 8, 32), job(2.25, 2.25)).cpu).toEqual({ perNode: 9, inTotal: 10 });
  });

  it("4 nodes × 16 cores / 64 GB, job 2 CPU / 2 GB: 32 by CPU, 128 by memory", () => {
    expect(fitJobs(nodes(4, 16, 64), job(2, 2))).toMatchObject({
      fits: 32,
      boundBy: "cpu",
      cpu: { perNode: 32, inTotal: 32 },
      memory: { perNode: 128, inTotal: 128 },
    });
  });

  it("is bounded by another resource on each node, and by the number of pods", () => {
    const mixed: NodeRoom[] = [
      { cpuMillicores: 8_000, memoryBytes: 1 * GB, pods: 110 },
      { cpuMillicores: 1_000, memoryBytes: 64 * GB, pods: 110 },
      { cpuMillicores: 8_000, memoryBytes: 64 * GB, pods: 2 },
    ];
    expect(fitJobs(mixed, job(1, 1))).toMatchObject({ fits: 1 + 1 + 2, cpu: { perNode: 17 }, memory: { perNode: 129 } });
    expect(fitJobs(nodes(2, 8, 32, 3), job(0.1, 0.1))).toMatchObject({ fits: 6, boundBy: "pods" });
  });

  it("has no room on a node that is overbooked, and none on no node", () => {
    expect(fitJobs([{ cpuMillicores: -500, memoryBytes: 8 * GB, pods: 5 }, ...nodes(1, 2, 2)], job(1, 1))).toMatchObject({
      fits: 2,
      cpu: { perNode: 2, inTotal: 2 },
    });
    expect(fitJobs([], job(1, 1))).toMatchObject({ fits: 0, boundBy: null, cpu: { perNode: null } });
  });

  it("does not let a resource bound that the job does not request, or that a node does not tell", () => {
    expect(fitJobs(nodes(1, 8, 32), { cpuMillicores: 0, memoryBytes: 1 * GB })).toMatchObject({
      fits: 32,
      cpu: { perNode: null },
      boundBy: "memory",
    });
    expect(fitJobs([{ cpuMillicores: 8_000, memoryBytes: null, pods: null }], job(1, 1))).toMatchObject({
      fits: 8,
      memory: { perNode: null, inTotal: null },
    });
  });

  it("never fits more whole jobs node by node than in total", () => {
    for (let seed = 1; seed < 500; seed++) {
      const some: NodeRoom[] = Array.from({ length: 1 + (seed % 5) }, (_, index) => ({
        cpuMillicores: ((seed * 7919 + index * 104_729) % 16_000) - 500,
        memoryBytes: ((seed * 15_485_863 + index * 32_452_843) % 64) * GB,
        pods: (seed + index) % 12,
      }));
      const fit = fitJobs(some, job(0.1 + (seed % 40) / 10, 0.1 + (seed % 7)));
      for (const room of [fit.cpu, fit.memory, fit.pods]) {
        expect(room.perNode).toBeLessThanOrEqual(room.inTotal ?? -1);
        expect(fit.fits).toBeLessThanOrEqual(room.perNode ?? -1);
      }
    }
  });
});
