import { image } from "../bed/images.ts";
import type { JobRequest } from "../coordinator/job-spec.ts";
import { samples } from "../samples.ts";

/**
 * The ten jobs of the contract between the simulator and the real thing, by name: the first nine are handed in together and fill the node,
 * the last when they are over. lib/demo/contract/ten-jobs.ts says the same to the simulator.
 */
export const together: readonly (JobRequest & { name: string })[] = [
  { name: "unit-test", script: ["./hello.sh fleet", "sleep 4"] },
  { ...named("oom-child", samples.oom), variables: {}, script: ['tail /dev/zero || echo "the child ended with $?"', "sleep 8"] },
  { ...named("oom-main", samples.oomScript), variables: {} },
  {
    name: "throttle",
    variables: { KUBERNETES_CPU_LIMIT: "500m" },
    script: ["end=$((SECONDS + 25)); (while [ $SECONDS -lt $end ]; do :; done) & while [ $SECONDS -lt $end ]; do :; done; wait"],
  },
  {
    name: "redis-svc",
    services: [{ name: image.busybox, alias: "cache", command: ["sh", "-c", "exec sleep 600"] }],
    script: ["sleep 12"],
  },
  {
    name: "svc-oom",
    services: [{ name: image.tools, alias: "db", command: ["sh", "-c", "sleep 4; exec tail /dev/zero"] }],
    script: ["sleep 16"],
  },
  named("bad-image", samples.badimage),
  { name: "unschedulable", variables: { KUBERNETES_CPU_REQUEST: "60" }, script: ["true"] },
  { name: "exit3", script: ["echo about to fail", "exit 3"] },
];

export const later = named("docker-build", samples.dind);

function named(name: string, job: JobRequest): JobRequest & { name: string } {
  return { ...job, name };
}
