import { image } from "../bed/images.ts";
import type { JobRequest } from "../coordinator/job-spec.ts";
import { samples } from "../samples.ts";

/** What is done to a job from outside once its script runs. */
export type Act = "cancel" | "delete-pod" | "manager-term" | "manager-kill";

export interface JobClass {
  /** How often it is drawn, against the others. */
  weight: number;
  act?: Act;
  /** The kernel must kill something in it; else the job did not do what it is for. */
  kills?: true;
  /** The script says this when it has begun; `act` waits for it. */
  make: (random: () => number) => JobRequest;
}

/** The line by which a script that is to be disturbed tells that it runs. */
export const BEGUN = "campaign: begun";
const long: JobRequest = { git: false, script: [`echo ${BEGUN}`, "sleep 240"] };
const seconds = (random: () => number, from: number, to: number) => Math.round(from + random() * (to - from));
/** A loop that would use a whole processor. */
const burn = (span: number) => `end=$((SECONDS + ${span})); while [ $SECONDS -lt $end ]; do :; done`;

/** A container that Docker in the job's service runs, with a limit of its own that it exceeds; made from the files of this image. */
const nested = (command: string) => [
  "for try in $(seq 60); do (exec 3<>/dev/tcp/docker/2375) 2>/dev/null && break; sleep 0.5; done",
  "programs='/usr/bin/tail /usr/bin/sleep /usr/bin/dash'",
  'mkdir -p root && cp --parents $programs $(ldd $programs | grep -o "/lib[^ ]*" | sort -u) root',
  "tar --directory root --create . | docker import - eat:1",
  // Lower than its parent's oom_score_adj cannot be set without CAP_SYS_RESOURCE.
  `docker run --rm --network none --memory 32m --memory-swap 32m --oom-score-adj 1000 eat:1 ${command} || echo ended with $?`,
  "sleep 3",
];

/** Everything that issue 5 names, by what is done, not by what becomes of it: that the witnesses say. */
const JOB_CLASSES = {
  normal: { weight: 6, make: (random) => ({ script: ["./hello.sh fleet", `sleep ${seconds(random, 1, 12)}`] }) },
  artifacts: { weight: 3, make: () => samples.artifacts },
  service: { weight: 2, make: () => samples.service },
  "exit-n": { weight: 4, make: (random) => ({ git: false, script: [`sleep ${seconds(random, 0, 4)}`, `exit ${seconds(random, 1, 99)}`] }) },
  "exit-137": { weight: 1, make: () => ({ git: false, script: ["sleep 1", "exit 137"] }) },
  "oom-build": { weight: 4, kills: true, make: () => samples.oomScript },
  "oom-child": { weight: 4, kills: true, make: () => samples.oom },
  "oom-helper": { weight: 2, kills: true, make: () => samples.oomHelper },
  "oom-service": { weight: 3, kills: true, make: () => samples.oomService },
  "oom-service-child": { weight: 3, kills: true, make: () => samples.oomServiceChild },
  "oom-init": {
    weight: 3,
    kills: true,
    make: () => ({ ...long, image: image.hungry, variables: { ...small, FF_DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR: "true" } }),
  },
  /** No kill: the runtime itself does not fit into the limit, and the container never starts. */
  "init-cannot-start": {
    weight: 1,
    make: () => ({ ...long, variables: { KUBERNETES_HELPER_MEMORY_REQUEST: "1Mi", KUBERNETES_HELPER_MEMORY_LIMIT: "1Mi" } }),
  },
  "kill-9": { weight: 4, make: () => samples.killed },
  timeout: { weight: 3, make: (random) => ({ ...long, timeout: seconds(random, 12, 20) }) },
  cancel: { weight: 3, act: "cancel", make: () => long },
  "bad-image": { weight: 3, make: () => samples.badimage },
  "request-over-limit": { weight: 2, make: () => samples.refused },
  "does-not-fit": { weight: 1, make: () => samples.toobig },
  "service-exits": { weight: 2, make: () => samples.serviceExits },
  /** The script fails for want of the service that had ended. */
  "service-missed": { weight: 2, make: () => ({ ...samples.serviceExits, script: ["sleep 6", "exit 1"] }) },
  "manager-term": { weight: 1, act: "manager-term", make: () => long },
  "manager-kill": { weight: 1, act: "manager-kill", make: () => long },
  "pod-deleted": { weight: 3, act: "delete-pod", make: () => long },
  "throttled-build": {
    weight: 3,
    make: (random) => ({ git: false, variables: { KUBERNETES_CPU_LIMIT: `${seconds(random, 100, 400)}m` }, script: [burn(40)] }),
  },
  "throttled-helper": {
    weight: 2,
    make: () => ({
      git: false,
      variables: { KUBERNETES_HELPER_CPU_LIMIT: "50m" },
      script: ["head -c 50000000 /dev/urandom > blob", "sleep 5"],
      artifacts: ["blob"],
    }),
  },
  /** A child in the nested container is killed once the kubelet knows its cgroup, and that goes on for longer than a look takes. */
  "oom-nested": {
    weight: 3,
    kills: true,
    make: () => ({
      ...samples.dind,
      git: false,
      script: nested("/usr/bin/dash -c '/usr/bin/sleep 8; /usr/bin/tail /dev/zero; /usr/bin/sleep 40'"),
    }),
  },
  /** The nested container itself is killed and gone at once, with its counter: the kernel's log is the only place that knows of it. */
  "oom-nested-gone": { weight: 1, kills: true, make: () => ({ ...samples.dind, git: false, script: nested("/usr/bin/tail /dev/zero") }) },
  "docker-build": { weight: 2, make: () => samples.dind },
} as const satisfies Record<string, JobClass>;
export type ClassName = keyof typeof JOB_CLASSES;

const small = { KUBERNETES_MEMORY_REQUEST: "64Mi", KUBERNETES_MEMORY_LIMIT: "64Mi" };
/** So that as many fit on one small node as are in flight. */
const MODEST = { KUBERNETES_CPU_REQUEST: "50m", KUBERNETES_HELPER_CPU_REQUEST: "20m", KUBERNETES_SERVICE_CPU_REQUEST: "20m" };

export interface Draw {
  /** Its place in the campaign, from 0. */
  index: number;
  name: ClassName;
  request: JobRequest;
}

/** What the class says of all its jobs. */
export const classOf = ({ name }: Draw): JobClass => JOB_CLASSES[name];
export const CLASS_NAMES = Object.keys(JOB_CLASSES) as ClassName[];

/** Draws so many jobs: each class once as far as they go, the rest by weight, in a drawn order. Names of jobs tell nothing. */
export function drawJobs(jobs: number, random: () => number, names: readonly ClassName[] = CLASS_NAMES): Draw[] {
  const total = names.reduce((sum, name) => sum + JOB_CLASSES[name].weight, 0);
  const byWeight = (): ClassName => {
    let left = random() * total;
    return names.find((name) => (left -= JOB_CLASSES[name].weight) < 0) ?? names[0] ?? "normal";
  };
  const drawn = [...shuffle(names, random), ...Array.from({ length: Math.max(0, jobs - names.length) }, byWeight)].slice(0, jobs);
  return shuffle(drawn, random).map((name, index) => {
    const request: JobRequest = JOB_CLASSES[name].make(random);
    return { index, name, request: { ...request, name: `job-${index}`, variables: { ...MODEST, ...request.variables } } };
  });
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as T);
}
