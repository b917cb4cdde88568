import { describe, expect, it } from "vitest";
import type { ContainerState } from "../kubernetes/schema.ts";
import type { ContainerUsage } from "../metrics/schema.ts";
import { at, buildContainer, buildEvent, condition, running, terminated, waiting } from "../testing/build-pod-record.ts";
import { buildContainerUsage, buildUsage } from "../testing/build-pod-usage.ts";
import { judgePod, type Given } from "../testing/judge-pod.ts";
import type { Job } from "./schema.ts";

const ROUNDS = 3_000;
const seed = Number(process.env["RUNNERSCOPE_TEST_SEED"] ?? Date.now() % 2 ** 31);

/** A small generator of numbers from a seed, so that a failure can be run again (mulberry32). */
function randomOf(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NAMES = ["build", "helper", "db", "docker"] as const;
type Name = (typeof NAMES)[number];
const REASONS = ["Error", "Completed", "ContainerStatusUnknown", "StartError", "DeadlineExceeded"];

class Draw {
  readonly #random: () => number;
  constructor(random: () => number) {
    this.#random = random;
  }
  chance(share: number): boolean {
    return this.#random() < share;
  }
  of<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)]!;
  }
  seconds(): number {
    return Math.floor(this.#random() * 90);
  }
  /** Any state but one that says OOMKilled. */
  state(): ContainerState | null {
    if (this.chance(0.1)) return null;
    if (this.chance(0.1)) return waiting("ContainerCreating");
    if (this.chance(0.3)) return running();
    return terminated(this.of(REASONS), this.of([0, 1, 3, 137, 137, 137, 143]), this.chance(0.1) ? null : this.seconds());
  }
  /** Any use without a kill. */
  usage(): ContainerUsage {
    return buildContainerUsage({
      at: at(this.seconds()),
      cfs: this.of([
        null,
        { quotaMillicores: 500, stepShare: 1, periods: 500, throttledPeriods: this.of([0, 450]), throttledSeconds: this.of([null, 0, 40]) },
      ]),
      memoryBytes: this.of([null, 2 ** 20, 511 * 2 ** 20]),
      peak: this.of([null, { bytes: 512 * 2 ** 20, from: "kernel" as const }, { bytes: 2 ** 25, from: "samples" as const }]),
      limitHits: this.of([null, 0, 900]),
      oom: this.of([null, { events: 0, firstSeenAt: null }]),
      nestedOom: null,
    });
  }
  /** A pod with anything in it that is no sign of a kill for memory. */
  given(): Given & { states: Map<Name, ContainerState | null>; uses: Map<Name, ContainerUsage> } {
    const states = new Map(NAMES.map((name) => [name, this.state()] as const));
    const uses = new Map(NAMES.filter(() => this.chance(0.7)).map((name) => [name, this.usage()] as const));
    const deletion = this.chance(0.5) ? { deletionRequestedAt: at(this.seconds()), deletionGraceSeconds: 30 } : {};
    const evicted = this.chance(0.1) ? { reason: "Evicted", message: "The node was low on resource: memory." } : {};
    const disrupted = this.chance(0.1)
      ? { conditions: [condition("PodScheduled", "True", 1), condition("DisruptionTarget", "True", 20, "PreemptionByScheduler")] }
      : {};
    return {
      states,
      uses,
      pod: { phase: this.of(["Running", "Failed", "Pending", "Succeeded"] as const), ...deletion, ...evicted, ...disrupted },
      events: this.chance(0.3) ? [buildEvent("Killing", "Stopping container build", { at: at(this.seconds()), container: "build" })] : [],
      now: 90 + this.seconds(),
      kubelet: this.of(["live", "stale", "forbidden", "not-connected", "connecting"] as const),
      ...(this.chance(0.5) ? { ended: this.of([95, "missed"] as const) } : {}),
      ...(this.chance(0.2) ? { node: { status: "Unknown" as const, since: at(30) } } : {}),
    };
  }
}

function judge({ states, uses, ...given }: ReturnType<Draw["given"]>): Job {
  const containers = NAMES.map((name) =>
    buildContainer(name, states.get(name) ?? null, name === "docker" ? { image: "docker:27-dind" } : {}),
  );
  return judgePod({ ...given, pod: { ...given.pod, containers }, usage: uses.size === 0 ? null : buildUsage(Object.fromEntries(uses)) });
}

const kills = (job: Job) => [job.verdict, ...job.findings].filter(({ kind }) => kind === "oom-killed" || kind === "oom-kill");

describe(`kills for memory, over ${ROUNDS} drawn pods (seed ${seed})`, () => {
  it("none without a reason, a counter or a node that ran out: not by 137, not by a peak at the limit", () => {
    const draw = new Draw(randomOf(seed));
    for (let round = 0; round < ROUNDS; round++) {
      const given = draw.given();
      const job = judge(given);
      expect({ round, kills: kills(job) }).toEqual({ round, kills: [] });
    }
  });

  it("one that a status confirms is never lost by more evidence", () => {
    const draw = new Draw(randomOf(seed + 1));
    for (let round = 0; round < ROUNDS; round++) {
      const given = draw.given();
      const name = draw.of(NAMES);
      given.states.set(name, terminated("OOMKilled", draw.of([0, 1, 137, 143]), draw.seconds()));
      expect(new Set(kills(judge({ ...given, uses: new Map(), events: [] })).map(({ container }) => container))).toContain(name);
      const nodeKills = draw.chance(0.3) ? [buildEvent("SystemOOM", "System OOM encountered", { at: at(draw.seconds()) })] : [];
      for (const other of NAMES) {
        const use = given.uses.get(other);
        if (use === undefined) continue;
        const oom = draw.chance(0.3) ? { events: 4, firstSeenAt: at(draw.seconds()) } : use.oom;
        const nestedOom = draw.chance(0.2) ? { events: 1, firstSeenAt: at(draw.seconds()) } : null;
        given.uses.set(other, { ...use, oom, nestedOom });
      }
      const more = judge({ ...given, nodeKills });
      expect({ round, named: kills(more).some(({ container }) => container === name) }).toEqual({ round, named: true });
    }
  });

  it("one that the counter shows is said once, whatever the status says", () => {
    const draw = new Draw(randomOf(seed + 2));
    for (let round = 0; round < ROUNDS; round++) {
      const given = draw.given();
      const name = draw.of(NAMES);
      const oom = { events: 1 + draw.seconds(), firstSeenAt: at(draw.seconds()) };
      given.uses.set(name, { ...draw.usage(), oom });
      if (draw.chance(0.5)) given.states.set(name, terminated("OOMKilled", 137, draw.seconds()));
      const job = judge(given);
      const found = job.findings.filter(({ kind, container }) => kind === "oom-kill" && container === name).length;
      const confirmed = job.verdict.kind === "oom-killed" && job.verdict.certainty === "confirmed" && job.verdict.container === name;
      expect({ round, said: found + Number(confirmed) }).toEqual({ round, said: 1 });
    }
  });
});
