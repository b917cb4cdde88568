import type { MachineSample, MachineUse } from "./schema.ts";

/** The next use; the same object when the sample is a repeat of the one before. */
export function nextMachineUse(before: MachineUse | null, sample: MachineSample): MachineUse {
  if (before !== null && sample.atMs <= before.atMs) return before;
  const seconds = before === null ? 0 : (sample.atMs - before.atMs) / 1_000;
  const grown =
    before === null || before.cpuUsageSeconds === null || sample.cpuUsageSeconds === null
      ? -1
      : sample.cpuUsageSeconds - before.cpuUsageSeconds;
  return { ...sample, cpuMillicores: seconds > 0 && grown >= 0 ? (grown / seconds) * 1_000 : null };
}
