import { describe, expect, it } from "vitest";
import { valueOf } from "../base/known.ts";
import type { ContainerState, PodContainer } from "../kubernetes/schema.ts";
import { at, buildContainer, buildEvent, running, terminated } from "../testing/build-pod-record.ts";
import { buildUsage, killedAt, peakOf, throttled } from "../testing/build-pod-usage.ts";
import { deleting, init, judgePod, killed137, summaryOf, type Given, type TruthRow } from "../testing/judge-pod.ts";
import { deriveRowUse } from "./derive-row-use.ts";
import type { Job } from "./schema.ts";

const oom = (seconds: number, exitCode = 137) => terminated("OOMKilled", exitCode, seconds);
const quiet = { build: {}, helper: {} };
const live = (build: ContainerState, helper: ContainerState, ...services: PodContainer[]) => ({
  containers: [init, buildContainer("build", build), ...services, buildContainer("helper", helper)],
});
/** The pod is gone; deletion was asked for at T+40. */
const gone = (build: ContainerState, helper: ContainerState, ...services: PodContainer[]): Pick<Given, "pod" | "ended"> => ({
  pod: { ...deleting, ...live(build, helper, ...services) },
  ended: 72,
});
const db = (state: ContainerState) => buildContainer("db", state);
const dind = (state: ContainerState) => buildContainer("docker", state, { image: "docker:27-dind", privileged: true });
const nested = { nestedOom: { events: 3, firstSeenAt: at(22) } };
const systemOom = buildEvent("SystemOOM", "System OOM encountered, victim process: cc1plus, pid: 77", { at: at(20) });

/** The rows of the real thing (reference: testbed.md, "What the real thing showed"), with what the kubelet's page said meanwhile. */
// prettier-ignore
const real: TruthRow[] = [
  ["success", { ...gone(killed137, killed137), usage: buildUsage(quiet) }, { kind: "unknown", sentence: "unknown.ended", findings: [] }],
  ["script exits 3", { ...gone(killed137, killed137), usage: buildUsage(quiet) }, { kind: "unknown", findings: [] }],
  ["script process OOM-killed, while it runs", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: { ...peakOf(512), ...killedAt(20) } }) }, { kind: "running", findings: ["oom-kill"] }],
  ["script process OOM-killed, at the end", { ...gone(oom(70), killed137), usage: buildUsage({ ...quiet, build: { ...peakOf(512), ...killedAt(20) } }) }, { kind: "oom-killed", certainty: "possible", container: "build", sentence: "oom-killed.process", findings: ["oom-kill"] }],
  ["child of the script OOM-killed, script goes on", { ...gone(oom(70, 0), killed137), usage: buildUsage({ ...quiet, build: killedAt(20) }) }, { kind: "oom-killed", certainty: "possible", container: "build", sentence: "oom-killed.process", findings: ["oom-kill"] }],
  ["plain kill -9 of the script", { ...gone(killed137, killed137), usage: buildUsage(quiet) }, { kind: "unknown", findings: [] }],
  ["plain kill -9 of the container", { pod: live(terminated("Error", 137, 20), running()), usage: buildUsage(quiet) }, { kind: "runner-system-failure", certainty: "likely", container: "build", findings: [] }],
  ["service's main process OOM-killed", { pod: live(running(), running(), db(oom(20))), usage: buildUsage({ ...quiet, db: peakOf(512) }) }, { kind: "running", findings: ["oom-kill"] }],
  ["child inside a service OOM-killed, while it runs", { pod: live(running(), running(), db(running())), usage: buildUsage({ ...quiet, db: killedAt(20, 198) }) }, { kind: "running", findings: ["oom-kill"] }],
  ["child inside a service OOM-killed, at the end", { ...gone(killed137, killed137, db(oom(70))), usage: buildUsage({ ...quiet, db: killedAt(20, 198) }) }, { kind: "oom-killed", certainty: "possible", container: "db", sentence: "oom-killed.process", findings: ["oom-kill"] }],
  ["helper OOM-killed at artifact upload", { ...gone(killed137, oom(70)), usage: buildUsage({ ...quiet, helper: killedAt(38) }) }, { kind: "oom-killed", certainty: "possible", container: "helper", sentence: "oom-killed.process", findings: ["oom-kill"] }],
  ["service exits at start", { pod: live(running(), running(), db(terminated("Error", 2, 6))), usage: buildUsage(quiet) }, { kind: "running", findings: ["container-exited"] }],
  ["timeout", { ...gone(killed137, killed137), usage: buildUsage(quiet) }, { kind: "unknown", findings: [] }],
  ["pod deleted by someone else", { pod: { ...deleting, ...live(running(), running()) }, now: 45, usage: buildUsage(quiet) }, { kind: "unknown", sentence: "unknown.ending", findings: [] }],
  ["busy loop at 200m: throttled", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: throttled(0.98) }) }, { kind: "running", findings: ["cpu-throttling"] }],
  ["throttled, and gone", { ...gone(killed137, killed137), usage: buildUsage({ ...quiet, build: throttled(0.98) }) }, { kind: "unknown", findings: ["cpu-throttling"] }],
];

// prettier-ignore
const further: TruthRow[] = [
  ["counter alone, and the runtime did not say so (CRI-O)", { ...gone(killed137, killed137), usage: buildUsage({ ...quiet, build: killedAt(20) }) }, { kind: "oom-killed", certainty: "possible", container: "build", sentence: "oom-killed.process", findings: ["oom-kill"] }],
  ["build died with Error 137 after a counted kill (containerd #8180)", { pod: live(terminated("Error", 137, 27), running()), usage: buildUsage({ ...quiet, build: killedAt(25) }) }, { kind: "oom-killed", certainty: "likely", container: "build", sentence: "oom-killed.died", findings: ["oom-kill"] }],
  ["whole container killed (cgroup v2, memory.oom.group)", { pod: live(oom(27), running()), usage: buildUsage({ ...quiet, build: { ...peakOf(512), oom: { events: 0, firstSeenAt: null } } }) }, { kind: "oom-killed", certainty: "confirmed", container: "build", sentence: "oom-killed.died", findings: [] }],
  ["status and no sample at all", { pod: live(oom(27), running()), kubelet: "live" }, { kind: "oom-killed", certainty: "confirmed", container: "build" }],
  ["nested Docker container", { pod: live(running(), running(), dind(running())), usage: buildUsage({ ...quiet, docker: nested }) }, { kind: "running", findings: ["oom-kill"] }],
  ["nested Docker container, at the end", { ...gone(killed137, killed137, dind(killed137)), usage: buildUsage({ ...quiet, docker: nested }) }, { kind: "oom-killed", certainty: "possible", container: "docker", sentence: "oom-killed.nested", findings: ["oom-kill"] }],
  ["build dies, and a nested container of it was killed before", { pod: live(oom(27), running()), usage: buildUsage({ ...quiet, build: nested }) }, { kind: "oom-killed", certainty: "confirmed", container: "build", findings: ["oom-kill"] }],
  ["node out of memory, the runtime says OOMKilled", { pod: live(oom(22), running()), usage: buildUsage(quiet), nodeKills: [systemOom] }, { kind: "oom-killed", certainty: "confirmed", sentence: "oom-killed.node" }],
  ["node out of memory, the runtime says Error", { pod: live(terminated("Error", 137, 22), running()), usage: buildUsage(quiet), nodeKills: [systemOom] }, { kind: "oom-killed", certainty: "likely", sentence: "oom-killed.node", findings: ["oom-kill"] }],
  [
    "node out of memory after its end",
    { pod: live(terminated("Error", 137, 8), running()), usage: buildUsage(quiet), nodeKills: [systemOom] },
    { kind: "runner-system-failure", findings: [] },
  ],
  ["node out of memory at another time", { pod: live(terminated("Error", 137, 45), running()), now: 50, usage: buildUsage(quiet), nodeKills: [systemOom] }, { kind: "runner-system-failure", findings: [] }],
  ["peak at the limit and 137 without a reason is no OOM", { pod: live(terminated("Error", 137, 27), running()), usage: buildUsage({ ...quiet, build: peakOf(510) }) }, { kind: "runner-system-failure", certainty: "likely", findings: ["memory-near-limit"] }],
  ["near the limit", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: peakOf(470) }) }, { kind: "running", findings: ["memory-near-limit"] }],
  ["below the line", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: peakOf(460) }) }, { kind: "running", findings: [] }],
  ["throttled a little", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: throttled(0.24) }) }, { kind: "running", findings: [] }],
  ["throttled in too few periods to say", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: { cfs: { quotaMillicores: 500, stepShare: 1, periods: 49, throttledPeriods: 49, throttledSeconds: 5 } } }) }, { kind: "running", findings: [] }],
  ["build dies, and helper was killed in before", { pod: live(oom(27), running()), usage: buildUsage({ ...quiet, helper: killedAt(20) }) }, { kind: "oom-killed", certainty: "confirmed", container: "build", findings: ["oom-kill"] }],
  ["throttled often, which cost next to nothing", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: throttled(0.5, 1.9) }) }, { kind: "running", findings: [] }],
  ["throttled, and the page has no seconds", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: throttled(0.5, null) }) }, { kind: "running", findings: ["cpu-throttling"] }],
  ["no quota cannot throttle", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: { cfs: null } }) }, { kind: "running", findings: [] }],
  ["lived a minute without a sample", { pod: live(running(), running()), kubelet: "live", now: 66 }, { kind: "running", findings: ["samples-missing"] }],
  ["not yet a minute", { pod: live(running(), running()), kubelet: "live", now: 64 }, { kind: "running", findings: [] }],
  ["kubelets are not read: no fault of the job", { pod: live(running(), running()), kubelet: "forbidden", now: 66 }, { kind: "running", findings: [] }],
  ["gone after 65 s without a sample", { ...gone(killed137, killed137), kubelet: "live" }, { kind: "unknown", findings: ["samples-missing"] }],
];

const all = [...real, ...further];
const killsOf = (job: Job) => job.findings.filter((finding) => finding.kind === "oom-kill");

describe("a job, with what its kubelet measured", () => {
  it.each(all)("%s", (_what, given, expected) => {
    expect(summaryOf(judgePod(given))).toMatchObject(expected);
  });

  it("joins status and counter into one kill, with its first sign as its time", () => {
    const [kill, ...others] = killsOf(
      judgePod({ ...gone(oom(70), killed137), usage: buildUsage({ build: { ...peakOf(512), ...killedAt(20) }, helper: {} }) }),
    );
    expect(others).toEqual([]);
    expect(kill).toMatchObject({ at: at(20), certainty: "confirmed", container: "build" });
    expect(kill?.evidence.map(({ source, value }) => [source, value])).toEqual([
      ["kubelet, pod status", "OOMKilled, exit 137"],
      ["kubelet, /metrics/cadvisor", "1"],
      ["kubelet, /metrics/cadvisor", "512\u202fMiB of 512\u202fMiB"],
    ]);
  });

  it("doubts a mark that the counter explains by another container: a limit of the pod on cgroup v1", () => {
    const usage = buildUsage({ build: killedAt(20), helper: {}, db: {} });
    const kills = killsOf(judgePod({ ...gone(oom(70), oom(70), db(oom(70))), usage }));
    expect(kills.map(({ container, certainty }) => [container, certainty])).toEqual([
      ["build", "confirmed"],
      ["helper", "likely"],
      ["db", "likely"],
    ]);
    expect(kills[1]?.evidence).toContainEqual({
      source: "kubelet, /metrics/cadvisor",
      field: 'container_oom_events_total{container="helper"}',
      value: "0",
      at: at(25),
    });
  });

  it("names what was not measured where it would have told more", () => {
    const [kill] = killsOf(judgePod({ ...gone(oom(70), killed137), kubelet: "forbidden" }));
    expect(kill?.evidence.at(-1)).toMatchObject({ source: "kubelet, /metrics/cadvisor", value: "not known: forbidden" });
  });

  it("tells file cache from need, and gives no remedy for the cache", () => {
    const given = (sampled: number): Given => ({
      pod: live(running(), running()),
      usage: buildUsage({ build: peakOf(512, sampled), helper: {} }),
    });
    expect(judgePod(given(100)).findings).toMatchObject([
      { certainty: "possible", remedy: null, sentence: { key: "finding.memory-near-cache" } },
    ]);
    expect(judgePod(given(480)).findings).toMatchObject([{ certainty: "confirmed", remedy: { values: { value: "640Mi" } } }]);
  });

  it("says what to set to which value, for each role", () => {
    const remedyOf = (given: Given) => judgePod(given).findings.map(({ remedy }) => remedy);
    const killed = { ...peakOf(512), ...killedAt(20) };
    const services = [db(running()), dind(running())];
    const usage = buildUsage({
      build: killed,
      helper: killed,
      db: { ...peakOf(30), ...killedAt(20) },
      docker: { ...killed, ...throttled(0.9) },
    });
    expect(remedyOf({ pod: live(running(), running(), ...services), usage })).toEqual([
      { key: "remedy.memory.build", values: { limit: "512\u202fMiB", value: "640Mi" } },
      { key: "remedy.memory.helper", values: { limit: "512\u202fMiB", value: "640Mi" } },
      { key: "remedy.memory.service", values: { container: "docker", limit: "512\u202fMiB", value: "640Mi" } },
      // The kill shows that the limit was reached, although no sample saw it.
      { key: "remedy.memory.service", values: { container: "db", limit: "512\u202fMiB", value: "640Mi" } },
      { key: "remedy.cpu.service", values: { container: "docker", limit: "0.50", value: "1" } },
    ]);
  });

  it("gives no variable of the runner for a container that is not the runner's", () => {
    const injected = buildContainer("istio-proxy", running(), { mounts: [] });
    const given = { pod: live(running(), running(), injected), usage: buildUsage({ build: {}, helper: {}, "istio-proxy": killedAt(20) }) };
    expect(killsOf(judgePod(given))).toMatchObject([{ container: "istio-proxy", remedy: null }]);
  });

  it("names a quota that is not the limit of the spec", () => {
    const [finding] = judgePod({ pod: live(running(), running()), usage: buildUsage({ build: throttled(0.9), helper: {} }) }).findings;
    expect(finding?.evidence.at(-1)?.value).toBe("500m; the pod spec says 1");
    expect(finding?.sentence.values).toEqual({ container: "build", share: "90\u202f%", lost: "15\u202fs", limit: "0.50" });
  });

  it("dates throttling by when it last happened", () => {
    const step = (seconds: number, share: number | null) => ({
      fromMs: 0,
      toMs: Date.parse(at(seconds)),
      cpuMillicores: 1,
      throttledShare: share,
      memoryBytes: 1,
    });
    const usage = buildUsage({ build: throttled(0.9), helper: {} }, [step(10, 1), step(15, 0.4), step(20, 0), step(25, null)]);
    expect(judgePod({ pod: live(running(), running()), usage }).findings[0]?.at).toBe("2026-03-01T12:00:15.000Z");
  });

  it("keeps the reasons why nothing is known apart", () => {
    const reason = (given: Given, name = "build") => {
      const usage = judgePod(given).containers.find((container) => container.name === name)?.usage;
      return usage?.state === "unknown" ? usage.reason : usage?.value.samples;
    };
    const pod = live(running(), running());
    expect(reason({ pod })).toBe("not-connected");
    expect(reason({ pod, kubelet: "forbidden" })).toBe("forbidden");
    expect(reason({ pod, kubelet: "stale" })).toBe("stale");
    expect(reason({ pod, kubelet: "connecting" })).toBe("not-sampled");
    expect(reason({ pod, kubelet: "live" })).toBe("not-sampled");
    expect(reason({ pod, kubelet: "stale", usage: buildUsage(quiet) })).toBe(2);
    expect(reason({ pod, kubelet: "live" }, "init-permissions")).toBe("not-seen");
    expect(reason({ pod: { containers: [buildContainer("build", null)] }, kubelet: "live" })).toBe("not-reached");
    expect(reason({ ...gone(running(), running()), kubelet: "live" })).toBe("not-seen");
  });
});

describe("joining by the runtime's id", () => {
  const build = (containerId: string | null) =>
    judgePod({ pod: { containers: [buildContainer("build", running(), { containerId })] }, usage: buildUsage({ build: {} }) }).containers[0]
      ?.usage;

  it("takes the life that the status names, not an earlier one of the same name", () => {
    expect(build(`containerd://${"0".repeat(64)}`)).toMatchObject({ state: "known" });
    expect(build(`cri-o://${"0".repeat(64)}`)).toMatchObject({ state: "known" });
    expect(build(`containerd://${"1".repeat(64)}`)).toEqual({ state: "unknown", reason: "not-sampled" });
  });

  it("goes by the name where the status has lost the id", () => expect(build(null)).toMatchObject({ state: "known" }));
});

describe("a row's use", () => {
  const use = (usages: Parameters<typeof buildUsage>[0], ...services: PodContainer[]) => {
    const { containers } = judgePod({ pod: live(running(), running(), ...services), usage: buildUsage(usages) });
    return deriveRowUse(containers);
  };

  it("is of the most throttled container, else of the one nearest to its limit, never a sum", () => {
    expect(use({ build: { cpuMillicores: 900 }, helper: throttled(0.5) }).cpu).toMatchObject({
      value: { container: "helper", throttledShare: 0.5, limit: 500 },
    });
    expect(use({ build: { cpuMillicores: 900 }, helper: { cpuMillicores: 300 } }).cpu).toMatchObject({
      value: { container: "build", used: 900, limit: 1_000, throttledShare: 0 },
    });
    expect(use({ build: peakOf(100), helper: peakOf(400, 300) }).memory).toMatchObject({
      value: { container: "helper", used: 300 * 2 ** 20, peak: 400 * 2 ** 20, limit: 512 * 2 ** 20 },
    });
  });

  it("is of the one that uses most where nothing has a limit, and no quota is not 0 % throttled", () => {
    const none = { limits: { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null } };
    const { containers } = judgePod({
      pod: { containers: [buildContainer("build", running(), none), buildContainer("helper", running(), none)] },
      usage: buildUsage({ build: { cfs: null, cpuMillicores: 70, memoryBytes: 2 ** 30 }, helper: { cfs: null, cpuMillicores: 90 } }),
    });
    const { cpu, memory } = deriveRowUse(containers);
    expect(valueOf(cpu)).toMatchObject({ container: "helper", used: 90, limit: null, throttledShare: null });
    expect(valueOf(memory)).toMatchObject({ container: "build", used: 2 ** 30, limit: null });
  });

  it("has no CPU use until there are two samples, and says why nothing is known", () => {
    expect(use({ build: { cpuMillicores: null, samples: 1 } }).cpu).toMatchObject({
      state: "known",
      value: { used: null, throttledShare: 0 },
    });
    expect(use({})).toEqual({ cpu: { state: "unknown", reason: "not-sampled" }, memory: { state: "unknown", reason: "not-sampled" } });
  });

  it("prefers containers that still run", () => {
    expect(use({ build: {}, helper: {}, db: peakOf(500) }, db(oom(20))).memory).toMatchObject({ value: { container: "build" } });
  });
});
