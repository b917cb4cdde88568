import type { DockerFacts } from "./schema.ts";

type Problem = DockerFacts["problems"][number]["code"];

/** Words of dockerd and of what it runs on that explain why it does not come up, or not as asked (moby `cmd/dockerd`, `daemon`; runc). */
const PROBLEMS: readonly (readonly [RegExp, Problem])[] = [
  [/address already in use/i, "address-in-use"],
  [
    /(Devices cgroup isn't mounted|cgroup.*(not (mounted|found|supported)|mountpoint does not exist)|failed to (create|setup).*cgroup)/i,
    "cgroup",
  ],
  [
    /(error initializing graphdriver|driver not supported|storage.driver.*(failed|not supported)|failed to mount overlay|overlayfs.*(not supported|invalid argument))/i,
    "storage-driver",
  ],
  [
    /(operation not permitted|permission denied|are you root|must be (run as|root)|iptables.*(Permission denied|you must be root))/i,
    "no-privileges",
  ],
  [
    /(could not (load|read) (X509 key pair|CA certificate)|no such file or directory.*\.pem|\.pem.*no such file|bad certificate)/i,
    "certificate",
  ],
  [/(client sent an HTTP request to an HTTPS server|HTTP request to an HTTPS server)/i, "plain-client"],
  [/(tls: first record does not look like a TLS handshake|server gave HTTP response to HTTPS client)/i, "tls-client"],
  [/no space left on device/i, "no-space"],
  [/(failed to start daemon|Error starting daemon|failed to start containerd)/i, "not-started"],
];

/** dockerd's own time: `time="2026-11-25T04:23:19.123456789Z" level=info msg="…"`. */
const OWN_TIME = /^time="([^"]{10,40})"/;
const MOST_PROBLEMS = 8;

/** Follows dockerd's own output until it listens. Keeps times and closed words, no text. */
export class DockerdReader {
  readonly facts: Pick<DockerFacts, "startingAt" | "listeningAt" | "problems"> = { startingAt: null, listeningAt: null, problems: [] };

  /** A line without escapes; `stampMs`: when it was written by the kubelet's clock. True: the facts changed. */
  take(stampMs: number | null, text: string): boolean {
    const at = timeOf(text) ?? (stampMs === null ? null : new Date(stampMs).toISOString());
    const { facts } = this;
    if (facts.startingAt === null && /msg="?Starting up/.test(text)) {
      facts.startingAt = at;
      return true;
    }
    if (facts.listeningAt === null && /API listen on (?!\/|unix)/.test(text)) {
      facts.listeningAt = at;
      return true;
    }
    // What dockerd only warns of while it comes up is no reason why it does not.
    if (/level=(info|debug|warning)/.test(text)) return false;
    const code = PROBLEMS.find(([pattern]) => pattern.test(text))?.[1];
    if (code === undefined || facts.problems.length >= MOST_PROBLEMS || facts.problems.some((one) => one.code === code)) return false;
    facts.problems.push({ code, at });
    return true;
  }
}

function timeOf(text: string): string | null {
  const ms = Date.parse(OWN_TIME.exec(text)?.[1] ?? "");
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** A line of the script's output that shows a docker command: the runner prints each command after `$ `. */
export function isDockerCommand(text: string): boolean {
  return /^\$ (?:.*[;&|(]\s*|(?:[A-Z_]+=\S* )*|(?:sudo|time|retry) )*docker(-compose)?\b/.test(text);
}
