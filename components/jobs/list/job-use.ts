import type { JobRow } from "@/lib/fleet/schema.ts";

/** Share of its CPU limit that the container used over the last step; null: not known, or no limit. Can be more than 1. */
export function cpuShareOf({ use: { cpu } }: JobRow): number | null {
  return cpu.state === "known" ? shareOf(cpu.value.used, cpu.value.limit) : null;
}

/** Share of its memory limit that the container's peak reached, or its last sample where there is no peak; null: not known, or no limit. */
export function memoryShareOf({ use: { memory } }: JobRow): number | null {
  return memory.state === "known" ? shareOf(memory.value.peak ?? memory.value.used, memory.value.limit) : null;
}

/** Share of CPU periods that were throttled over the container's life; null: not known, or no quota. */
export function throttledShareOf({ use: { cpu } }: JobRow): number | null {
  return cpu.state === "known" ? cpu.value.throttledShare : null;
}

function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : part / whole;
}

/** From this age on a sample of a living pod is old: a kubelet samples every 10–20 s and is asked every 15 s. */
const OLD_MS = 60_000;

/** Whether a value is the last one known rather than the present one: `last` of an ended pod, `old` of a silent kubelet, else null. */
export function ageOfUse(job: Pick<JobRow, "ending">, at: string, now: number): { how: "last" | "old"; ms: number } | null {
  const ms = Math.max(0, now - Date.parse(at));
  if (job.ending !== "live") return { how: "last", ms };
  return ms > OLD_MS ? { how: "old", ms } : null;
}
