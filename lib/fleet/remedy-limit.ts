import { formatBytes, formatCpu } from "../base/units.ts";
import { say } from "./sentence-keys.ts";
import { cpuQuantity, memoryQuantity, suggestMemoryLimit } from "./suggest-limit.ts";
import type { ContainerView, Sentence } from "./schema.ts";

/**
 * Which variable to set to which memory limit, for the container's role. `reachedBytes`: the highest use that is known; 0: none is.
 * null: the container is not of the runner's making, so no variable of the runner sets its limit.
 */
export function memoryRemedy(container: ContainerView, reachedBytes: number): Sentence | null {
  const limit = container.limits.memoryBytes === null ? "none" : formatBytes(container.limits.memoryBytes);
  const value = reachedBytes > 0 ? memoryQuantity(suggestMemoryLimit(reachedBytes)) : "none";
  switch (container.role) {
    case "build":
      return say("remedy.memory.build", { limit, value });
    case "helper":
      return say("remedy.memory.helper", { limit, value });
    case "init":
      return say("remedy.memory.init", { container: container.name, limit, value });
    case "service":
    case "dind":
      return say("remedy.memory.service", { container: container.name, limit, value });
    case "other":
      return null;
  }
}

/** The same for the CPU limit. Millicores; null: no value can be told. */
export function cpuRemedy(container: ContainerView, limitMillicores: number | null, suggested: number | null): Sentence | null {
  const limit = limitMillicores === null ? "none" : formatCpu(limitMillicores);
  const value = suggested === null ? "none" : cpuQuantity(suggested);
  switch (container.role) {
    case "build":
      return say("remedy.cpu.build", { limit, value });
    case "helper":
      return say("remedy.cpu.helper", { limit, value });
    case "init":
      return say("remedy.cpu.init", { container: container.name, limit, value });
    case "service":
    case "dind":
      return say("remedy.cpu.service", { container: container.name, limit, value });
    case "other":
      return null;
  }
}
