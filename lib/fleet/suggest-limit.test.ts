import { describe, expect, it } from "vitest";
import { buildContainerUsage } from "../testing/build-pod-usage.ts";
import { cpuQuantity, memoryQuantity, suggestCpuLimit, suggestMemoryLimit } from "./suggest-limit.ts";

const MIB = 2 ** 20;

describe("suggested limits", () => {
  it.each([
    [1, "64Mi"],
    [51 * MIB, "64Mi"],
    [52 * MIB, "128Mi"],
    [512 * MIB, "640Mi"],
    [800 * MIB, "1Gi"],
    [1_000 * MIB, "1280Mi"],
    [1_024 * MIB, "1280Mi"],
    [2_048 * MIB, "2560Mi"],
    [3_276 * MIB, "4Gi"],
  ])("memory: %d bytes reached → %s", (reached, quantity) => expect(memoryQuantity(suggestMemoryLimit(reached))).toBe(quantity));

  it("memory is never below what was reached, in steps of 64 or 256 MiB", () => {
    for (let reached = 1; reached < 40 * 2 ** 30; reached = Math.ceil(reached * 1.07)) {
      const limit = suggestMemoryLimit(reached);
      expect(limit).toBeGreaterThanOrEqual(reached);
      expect(limit % (64 * MIB)).toBe(0);
      expect(limit).toBeLessThanOrEqual(reached * 1.25 + 256 * MIB);
    }
  });

  const usage = (periods: number, used: number, lost: number | null) =>
    buildContainerUsage({
      cpuSecondsTotal: used,
      cfs: { quotaMillicores: 200, stepShare: 1, periods, throttledPeriods: periods - 2, throttledSeconds: lost },
    });

  it("CPU: what it used and waited for while it was active; the busy loop of the test bed wants one core", () => {
    expect(suggestCpuLimit(usage(256, 5.1, 20), 200)).toBe(1_000);
    expect(suggestCpuLimit(usage(100, 2, 78), 200)).toBe(8_000);
  });

  it("CPU is always above the limit, and not told without the counters", () => {
    expect(suggestCpuLimit(usage(1_000, 10, 3), 1_000)).toBe(1_250);
    expect(suggestCpuLimit(usage(256, 5.1, null), 200)).toBeNull();
    expect(suggestCpuLimit(buildContainerUsage({ cfs: null }), 200)).toBeNull();
  });

  it("spells quantities as Kubernetes does", () => {
    expect([cpuQuantity(750), cpuQuantity(2_000), memoryQuantity(2 ** 31), memoryQuantity(640 * MIB)]).toEqual([
      "750m",
      "2",
      "2Gi",
      "640Mi",
    ]);
  });
});
