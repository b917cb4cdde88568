import { unknown, valueOf, type Timestamp } from "../base/known.ts";
import { formatBytes } from "../base/units.ts";
import { statusField } from "./derive-containers.ts";
import { findExits } from "./find-exits.ts";
import { findKills } from "./find-kills.ts";
import { killRemedy } from "./judge-kill.ts";
import { phaseOfStage } from "./link/stage-phase.ts";
import { podEvidence, type PodFacts } from "./pod-facts.ts";
import { say } from "./sentence-keys.ts";
import type { Certainty, ContainerView, Evidence, Sentence, Verdict } from "./schema.ts";

/** With `HEALTHCHECK_TCP_PORT` the runner asks a service's port in `prepare_executor`; one that is well answers within seconds. */
const HEALTH_AFTER_MS = 15_000;
/** A list older than this says nothing about now (six looks). */
const STALE_MS = 30_000;

/** What may explain that the script of a job failed, or that it does not begin: a service that was not there. */
interface Cause {
  readonly container: ContainerView;
  readonly at: Timestamp | null;
  readonly sentence: Sentence;
  readonly remedy: Sentence | null;
  readonly evidence: readonly Evidence[];
}

/**
 * A script that failed after a service of the job had ended by a failure, or before it had started, or that asked dockerd at a port where it does not
 * listen. Two signs and no proof, so `likely`: jobs succeed in spite of a dead service (seen: exit 2 at the start, OOM-killed main process).
 * A killed child of a service, and a service that ended well, are no sign. null: no service explains it.
 */
export function judgeServices(facts: PodFacts): Verdict | null {
  const cause = deadService(facts) ?? lateService(facts) ?? deafDocker(facts);
  return cause === null ? null : verdictOf(cause, "likely");
}

/** The runner gave up before any stage of the job: it was waiting for a service's port. */
export function judgeUnhealthy(facts: PodFacts): Verdict | null {
  const suspects = checkedServices(facts);
  if (suspects === null) return null;
  return verdictOf(healthCause(facts, suspects, "unhealthy"), "likely");
}

/** A live pod whose containers run while the runner still asks the services' ports; `fromMs`: when time alone may change that. */
export function judgeHealthCheck(facts: PodFacts): { verdict: Verdict | null; fromMs: number } | null {
  const suspects = checkedServices(facts);
  const build = facts.containers.find(({ role }) => role === "build");
  const since = build === undefined ? null : valueOf(build.since);
  if (suspects === null || since === null || facts.links.track?.left != null) return null;
  const fromMs = Date.parse(since) + HEALTH_AFTER_MS;
  if (facts.atMs < fromMs) return { verdict: null, fromMs };
  const untilMs = Date.parse(lastLook(facts) ?? since) + STALE_MS;
  if (facts.atMs >= untilMs) return null;
  const dead = suspects.some((container) => valueOf(container.state)?.kind === "terminated");
  return { verdict: verdictOf(healthCause(facts, suspects, "waiting"), dead ? "likely" : "possible"), fromMs: untilMs };
}

const isService = ({ role }: ContainerView) => role === "service" || role === "dind";

function verdictOf({ container, at, sentence, remedy, evidence }: Cause, certainty: Certainty): Verdict {
  const kind = container.role === "dind" ? "dind-not-ready" : "service-failed";
  return { kind, certainty, container: container.name, at, sentence, evidence: [...evidence], remedy };
}

/** It ended before the pod was asked to go: killed for memory, or with a code; dockerd with any. */
function deadService(facts: PodFacts): Cause | null {
  const kill = findKills(facts).find(({ container, scope }) => isService(container) && scope === "died");
  if (kill !== undefined) {
    const { container, at, evidence } = kill;
    const { memoryBytes } = container.limits;
    const values = { container: container.name, limit: memoryBytes === null ? "none" : formatBytes(memoryBytes) };
    const sentence = container.role === "dind" ? say("dind-not-ready.killed", values) : say("service-failed.killed", values);
    return { container, at, sentence, remedy: killRemedy(kill), evidence };
  }
  const exit = findExits(facts).find(({ container, code }) => container.role === "dind" || (container.role === "service" && code !== 0));
  if (exit === undefined) return null;
  const { container, code, at, evidence } = exit;
  const values = { container: container.name, code };
  const dind = container.role === "dind";
  const sentence = dind ? say("dind-not-ready.exited", values) : say("service-failed.exited", values);
  return { container, at, sentence, remedy: remedyOf(container), evidence };
}

/** The runner waits for `build` only, so the script may begin before a service has started; its list must have shown the script before that. */
function lateService(facts: PodFacts): Cause | null {
  const script = facts.links.track?.stages.find(({ stage }) => phaseOfStage(stage) === "script");
  if (script === undefined) return null;
  for (const container of facts.containers.filter(isService)) {
    const state = valueOf(container.state);
    const startedAt = state?.kind === "running" || state?.kind === "terminated" ? state.startedAt : null;
    if (state?.kind !== "waiting" && (startedAt === null || Date.parse(startedAt) <= Date.parse(script.at))) continue;
    const values = { container: container.name };
    const field = statusField({ name: container.name, kind: "regular" }, "startedAt");
    return {
      container,
      at: startedAt,
      sentence: container.role === "dind" ? say("dind-not-ready.late", values) : say("service-failed.late", values),
      remedy: remedyOf(container),
      evidence: [
        { source: "kubelet, pod status", field, value: startedAt ?? "never started", at: startedAt },
        { source: "manager", field: "/debug/jobs/list", value: `in stage ${script.stage} from ${script.at}`, at: script.at },
      ],
    };
  }
  return null;
}

/** Ports of dockerd as the image `docker` starts it (docs.docker.com, image `docker`, "TLS"): it has TLS unless `DOCKER_TLS_CERTDIR` is empty. */
const PLAIN_PORT = 2_375;
const TLS_PORT = 2_376;

/** The client is told one port, and dockerd listens on the other. */
function deafDocker({ pod, containers }: PodFacts): Cause | null {
  const client = containers.find(({ role }) => role === "build");
  const dinds = containers.filter(({ role }) => role === "dind");
  const [dind] = dinds;
  const port = client?.docker?.host?.port ?? null;
  if (client === undefined || dind === undefined || dinds.length > 1 || port === null || client.docker?.host?.name === null) return null;
  const tls = dind.docker?.tls ?? (dind.docker?.certDir === "empty" ? "off" : "on");
  if (!(port === PLAIN_PORT && tls === "on") && !(port === TLS_PORT && tls === "off")) return null;
  const said = dind.docker?.tls == null ? `DOCKER_TLS_CERTDIR ${dind.docker?.certDir ?? "missing"}` : `--tls ${tls}`;
  return {
    container: dind,
    at: valueOf(dind.since),
    sentence: say("dind-not-ready.tls", {
      container: dind.name,
      port: String(port),
      listens: tls === "on" ? `${TLS_PORT}, TLS` : String(PLAIN_PORT),
    }),
    remedy: say("remedy.dind-tls", {}),
    evidence: [
      { source: "pod spec", field: `containers[${client.name}].env[DOCKER_HOST]`, value: `port ${port}`, at: pod.createdAt },
      { source: "pod spec", field: `containers[${dind.name}]`, value: said, at: pod.createdAt },
    ],
  };
}

/**
 * The services whose ports the runner may be asking: it makes the pod within `prepare_executor` only for that (runner `executors/kubernetes`
 * waitForServices). null: it does not.
 */
function checkedServices(facts: PodFacts): ContainerView[] | null {
  const services = facts.containers.filter(isService);
  const look = facts.links.track?.stages.at(-1)?.stage === "prepare_executor" ? lastLook(facts) : null;
  const state = valueOf(facts.containers.find(({ role }) => role === "build")?.state ?? unknown("not-seen"));
  const startedAt = state?.kind === "running" || state?.kind === "terminated" ? state.startedAt : null;
  if (look === null || startedAt === null || services.length === 0) return null;
  return Date.parse(look) >= Date.parse(startedAt) ? services : null;
}

/** The last look that showed the job's last stage; only for `prepare_executor` later than the first one. */
function lastLook({ links: { track } }: PodFacts): Timestamp | null {
  const stage = track?.stages.at(-1);
  return stage === undefined ? null : (stage.lastAt ?? stage.at);
}

/** Of several services the dead one is named, else the first. */
function healthCause(facts: PodFacts, suspects: readonly ContainerView[], what: "waiting" | "unhealthy"): Cause {
  const dead = suspects.find((container) => valueOf(container.state)?.kind === "terminated" && !container.afterDeletion);
  const container = (dead ?? suspects[0]) as ContainerView;
  const named = dead !== undefined || suspects.length === 1 ? container.name : "none";
  const dind = container.role === "dind";
  const { links, pod } = facts;
  const stage = links.track?.stages.at(-1);
  const evidence: Evidence[] = [];
  if (stage !== undefined)
    evidence.push({
      source: "manager",
      field: "/debug/jobs/list",
      value: `in stage ${stage.stage} while the pod runs`,
      at: lastLook(facts),
    });
  evidence.push(podEvidence("status.phase", pod.phase, pod.seenAt));
  const state = dead === undefined ? null : valueOf(dead.state);
  if (dead !== undefined && state?.kind === "terminated") {
    const field = statusField({ name: dead.name, kind: "regular" }, "terminated");
    evidence.push({
      source: "kubelet, pod status",
      field,
      value: `${state.reason ?? "ended"}, exit ${state.exitCode}`,
      at: state.finishedAt,
    });
  }
  const sentence = say(dind ? `dind-not-ready.${what}` : `service-failed.${what}`, { container: named });
  return { container, at: stage?.at ?? null, sentence, remedy: remedyOf(container), evidence };
}

function remedyOf({ role, name }: ContainerView): Sentence {
  return role === "dind" ? say("remedy.dind", { container: name }) : say("remedy.service", { container: name });
}
