import { valueOf, type Timestamp } from "../base/known.ts";
import { formatCpu, formatDurationMs, formatShare } from "../base/units.ts";
import { cpuLimitOf, throttledShareOf } from "./derive-row-use.ts";
import { cpuRemedy } from "./remedy-limit.ts";
import { say } from "./sentence-keys.ts";
import { suggestCpuLimit } from "./suggest-limit.ts";
import { pointsOf, type PodFacts } from "./pod-facts.ts";
import { throttlingEvidence } from "./usage-evidence.ts";
import type { ContainerView, Finding } from "./schema.ts";

/** Threshold of kubernetes-mixin's `CPUThrottlingHigh` (`cpuThrottlingPercent`), here over the container's whole life. */
const MIN_SHARE = 0.25;
/** Periods last 100 ms and count only while something runs: 5 s of work, below which a share says little. */
const MIN_PERIODS = 50;
const MIN_LOST_S = 2;
/** Where the page has no time that was lost: as many periods as lose that much when half of each is lost. */
const MIN_THROTTLED_PERIODS = 40;

/** Containers that their CPU limit slowed down. The most throttled first. */
export function findThrottling(facts: PodFacts): Finding[] {
  return facts.containers
    .flatMap((container) => throttlingOf(facts, container) ?? [])
    .toSorted((a, b) => b.share - a.share)
    .map(({ finding }) => finding);
}

function throttlingOf(facts: PodFacts, container: ContainerView): { share: number; finding: Finding } | null {
  const usage = valueOf(container.usage);
  const share = usage === null ? null : throttledShareOf(usage);
  if (usage === null || usage.cfs === null || share === null) return null;
  const { periods, throttledPeriods, throttledSeconds } = usage.cfs;
  if (share < MIN_SHARE || periods < MIN_PERIODS) return null;
  if (throttledSeconds === null ? throttledPeriods < MIN_THROTTLED_PERIODS : throttledSeconds < MIN_LOST_S) return null;
  const limit = cpuLimitOf({ container, usage });
  const values = { container: container.name, share: formatShare(share), limit: limit === null ? "none" : formatCpu(limit) };
  return {
    share,
    finding: {
      kind: "cpu-throttling",
      // Without the time that was lost, only how often it met its limit is known, not what that cost.
      certainty: throttledSeconds === null ? "likely" : "confirmed",
      container: container.name,
      at: lastThrottledAt(facts, container) ?? usage.at,
      sentence: say("finding.cpu-throttling", {
        ...values,
        lost: throttledSeconds === null ? "none" : formatDurationMs(throttledSeconds * 1_000),
      }),
      evidence: throttlingEvidence(container),
      remedy: cpuRemedy(container, limit, suggestCpuLimit(usage, limit)),
    },
  };
}

/** When it was last seen throttled: the end of the last step in which it was. */
function lastThrottledAt(facts: PodFacts, { name }: ContainerView): Timestamp | null {
  const last = pointsOf(facts, name).findLast((point) => (point.throttledShare ?? 0) > 0);
  return last === undefined ? null : new Date(last.toMs).toISOString();
}
