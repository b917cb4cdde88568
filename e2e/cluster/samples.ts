import { image } from "./bed/images.ts";
import type { JobRequest } from "./coordinator/job-spec.ts";

/** Memory that a program which never stops to ask for it soon exceeds. */
const SMALL = "64Mi";
const smallBuild = { KUBERNETES_MEMORY_REQUEST: SMALL, KUBERNETES_MEMORY_LIMIT: SMALL };
const smallService = { KUBERNETES_SERVICE_MEMORY_REQUEST: SMALL, KUBERNETES_SERVICE_MEMORY_LIMIT: SMALL };
/** `tail` keeps the last line of its input in memory; this input has no end of line (coreutils). */
const EAT = "tail /dev/zero";

const docker = { name: image.docker, alias: "docker", command: ["dockerd-entrypoint.sh"] };
const connect = (host: string, port: number) =>
  `for try in $(seq 60); do (exec 3<>/dev/tcp/${host}/${port}) 2>/dev/null && break; sleep 0.5; done`;

/** One job for each thing that can happen to a job. What each becomes is in `jobs.spec.ts` and `outcomes.spec.ts`. */
export const samples = {
  clone: { script: ["git log --oneline", "./hello.sh fleet", "sleep 6"] },
  service: {
    services: [{ name: image.busybox, alias: "web", command: ["sh", "-c", "echo pong > /tmp/ping; exec httpd -f -p 8080 -h /tmp"] }],
    script: [connect("web", 8080), "exec 3<>/dev/tcp/web/8080", "printf 'GET /ping HTTP/1.0\\r\\n\\r\\n' >&3", "grep pong <&3", "sleep 4"],
  },
  dind: {
    services: [docker],
    variables: { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" },
    script: [
      connect("docker", 2375),
      "docker version",
      "printf 'FROM scratch\\nCOPY README.md hello.sh /\\nLABEL built=here\\n' > Dockerfile",
      "docker build --tag sample:1 .",
      "docker image inspect --format '{{.Id}} {{.Config.Labels.built}}' sample:1",
    ],
    image: image.docker,
  },
  fail: { script: ["echo about to fail", "exit 3"] },
  badimage: { image: "localhost/no-such-image:1", script: ["true"] },
  toobig: { variables: { KUBERNETES_MEMORY_REQUEST: "32Ti", KUBERNETES_MEMORY_LIMIT: "32Ti" }, script: ["true"] },
  /** The API server refuses the pod: there never is one. */
  refused: { variables: { KUBERNETES_MEMORY_REQUEST: "1Gi", KUBERNETES_MEMORY_LIMIT: "512Mi" }, script: ["true"] },
  sleep: { script: ["sleep 300"] },
  timeout: { timeout: 15, script: ["sleep 300"] },
  /** A child of the script is OOM-killed; the script goes on. */
  oom: { variables: smallBuild, script: [`${EAT} || echo "the child ended with $?"`, "sleep 3"] },
  oomScript: { variables: smallBuild, script: [`exec ${EAT}`] },
  /** Looks the same from outside but for the kubelet's reason. */
  killed: { script: ["kill -9 $$"] },
  oomService: {
    services: [{ name: image.tools, alias: "hungry", command: ["sh", "-c", `sleep 4; exec ${EAT}`] }],
    variables: smallService,
    script: ["sleep 15"],
  },
  oomServiceChild: {
    services: [{ name: image.tools, alias: "hungry", command: ["sh", "-c", `sleep 4; ${EAT}; exec sleep 600`] }],
    variables: smallService,
    script: ["sleep 15"],
  },
  /** The helper keeps a record of every file that it packs: more of them than it may hold in memory. */
  oomHelper: {
    variables: { KUBERNETES_HELPER_MEMORY_REQUEST: "40Mi", KUBERNETES_HELPER_MEMORY_LIMIT: "40Mi" },
    git: false,
    script: ["mkdir many", "cd many", "seq 150000 | xargs touch"],
    artifacts: ["many"],
  },
  serviceExits: { services: [{ name: image.busybox, alias: "broken", command: ["sh", "-c", "exit 2"] }], script: ["sleep 8"] },
  throttled: {
    variables: { KUBERNETES_CPU_REQUEST: "100m", KUBERNETES_CPU_LIMIT: "200m" },
    script: ["end=$((SECONDS + 20)); while [ $SECONDS -lt $end ]; do :; done"],
  },
  artifacts: {
    script: ["./hello.sh artifacts > out.txt", "mkdir -p kept && date >> kept/runs.txt && cat kept/runs.txt"],
    artifacts: ["out.txt"],
    cache: ["kept"],
  },
} as const satisfies Record<string, JobRequest>;
