import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Job, LifecyclePhase } from "../../../lib/fleet/schema.ts";
import { TraceServer } from "../../pages/trace-server.ts";
import { startProduct } from "../../product.ts";
import type { Bed } from "../bed/bed.ts";
import { samples } from "../samples.ts";
import { untilDeleted } from "./compare.ts";
import { expect, test } from "./fixture.ts";
import { isExecuting, ProductView } from "./product-view.ts";

const NAMESPACE = "gitlab-runner";
/** One second, and what a stamp without fractions adds. */
const CLOSE_MS = 1_000;

/** The right that `RUNNERSCOPE_LOGS=pods` needs on top of the product's own role. */
const logReader = [
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "runnerscope-logs" },
    rules: [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "runnerscope-logs" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "runnerscope-logs" },
    subjects: [{ kind: "ServiceAccount", name: "dashboard", namespace: "runnerscope" }],
  },
];

/** When a stage began, by the runner's own stamp on its marker in the trace; ms. */
function markerMs(trace: string, stage: RegExp): number | null {
  for (const [, at, name] of trace.matchAll(/^(\S+Z) 00O[ +]section_start:\d+:([a-z_]+)/gm))
    if (stage.test(name ?? "")) return Date.parse(at ?? "");
  return null;
}

const phaseOf = (job: Job, name: LifecyclePhase["phase"]) => job.lifecycle.find(({ phase }) => phase === name);

function expectNear(fact: LifecyclePhase["start"] | undefined, ms: number | null, what: string, source: RegExp): void {
  expect(ms, `${what}: the trace has no marker`).not.toBeNull();
  expect(fact, what).toMatchObject({ state: "known" });
  if (fact?.state !== "known" || ms === null) return;
  expect(fact.source, what).toMatch(source);
  expect(Math.abs(Date.parse(fact.value) - ms), `${what}: ${fact.value} against ${new Date(ms).toISOString()}`).toBeLessThanOrEqual(
    CLOSE_MS,
  );
}

/** The runner's own markers against the phases of the job's page. */
function expectMarkers(job: Job, trace: string, source: RegExp): void {
  expectNear(phaseOf(job, "sources")?.start, markerMs(trace, /^get_sources/), `${job.pod} sources`, source);
  expectNear(phaseOf(job, "script")?.start, markerMs(trace, /^step_/), `${job.pod} script`, source);
  expectNear(
    phaseOf(job, "artifacts")?.start,
    markerMs(trace, /^(archive_cache|upload_artifacts|cleanup_)/),
    `${job.pod} artifacts`,
    source,
  );
}

/** As most images lay it out: /var/run is a link. */
const resolved = (mountPath: string) => mountPath.replace(/^\/var\/run\//, "/run/");

async function exec(bed: Bed, pod: string, container: string, ...command: string[]): Promise<string> {
  return bed.kubectl("-n", NAMESPACE, "exec", pod, "-c", container, "--", ...command);
}

test("ten jobs: phases as the runner's own markers say, dockerd as its own log says, the picture as the pod itself is", async ({
  stage,
}) => {
  test.setTimeout(300_000);
  const { bed, truth } = stage;
  for (const object of logReader) await bed.apply(object);
  const gitlab = await TraceServer.start();
  const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-traces-"));
  const token = path.join(folder, "token");
  writeFileSync(token, "token", { mode: 0o600 });
  const product = await startProduct({
    KUBECONFIG: bed.kubeconfigFor("dashboard"),
    RUNNERSCOPE_LOGS: "gitlab,pods",
    GITLAB_URL: gitlab.url,
    GITLAB_TOKEN_FILE: token,
  });
  const view = new ProductView(product.url);
  try {
    const dind = await bed.submit({ ...samples.dind, script: [...samples.dind.script, "sleep 14"], name: "readiness" });
    const others = [];
    for (let index = 0; index < 9; index++)
      others.push(await bed.submit({ ...(index % 2 === 0 ? samples.artifacts : samples.clone), name: `phases-${index}` }));
    const all = [dind, ...others];
    for (const { id } of all) gitlab.traces.set(String(id), () => [bed.rawTrace(id)]);

    // What the pod shows is read inside it while it lives.
    const running = await view.until(dind.id, "listening", (job) => isExecuting(job) && job.docker?.listeningAt != null, 120_000);
    const ownLine = /time="([^"]+)"[^\n]*API listen on \[::\]:2375/.exec(
      await bed.kubectl("-n", NAMESPACE, "logs", running.pod, "-c", "docker"),
    );
    expect(Math.abs(Date.parse(running.docker?.listeningAt ?? "") - Date.parse(ownLine?.[1] ?? ""))).toBeLessThanOrEqual(CLOSE_MS);
    const hosts = await exec(bed, running.pod, "build", "cat", "/etc/hosts");
    const names = running.hostAliases.filter(({ ip }) => ip === "127.0.0.1").flatMap(({ hostnames }) => hostnames);
    expect(names).toContain("docker");
    for (const name of names) expect(hosts).toMatch(new RegExp(`^127\\.0\\.0\\.1\\s.*\\b${name}\\b`, "m"));
    const env = await exec(bed, running.pod, "build", "env");
    const build = running.containers.find(({ role }) => role === "build");
    expect(build?.docker?.host).toEqual({ scheme: "tcp", name: "docker", port: 2375 });
    expect(env).toMatch(/^DOCKER_HOST=tcp:\/\/docker:2375$/m);
    expect(env).toMatch(/^DOCKER_TLS_CERTDIR=$/m);
    expect(build?.docker?.certDir).toBe("empty");
    for (const container of running.containers.filter(({ role }) => role === "build" || role === "helper" || role === "dind")) {
      const mounted = (await exec(bed, running.pod, container.name, "cat", "/proc/self/mounts"))
        .split("\n")
        .map((line) => line.split(" ")[1]);
      for (const mount of container.mounts) expect(mounted, `${container.name} ${mount.path}`).toContain(resolved(mount.path));
    }
    await view.until(dind.id, "docker commands seen", (job) => job.docker?.commandAt != null, 60_000);

    for (const { id } of all) {
      const history = await untilDeleted(() => truth.ofJob(id), 180_000);
      const ended = await view.until(id, "ended", (job) => job.phase === "ended" && job.uid === history.uid);
      const trace = bed.rawTrace(id);
      expectMarkers(ended, trace, /^container logs/);
      // The API server's own times.
      expect(phaseOf(ended, "scheduling")?.start).toMatchObject({ state: "known", value: history.last.metadata.creationTimestamp });
      expect(Math.abs(Date.parse(ended.deletedAt ?? "") - (history.deletedAt ?? 0))).toBeLessThanOrEqual(CLOSE_MS);
      // Somebody looks at the trace: its markers take the place of those of the containers.
      const path = `/api/v1/jobs/${encodeURIComponent(ended.cluster)}/${ended.uid}/logs`;
      const { state } = await view.get<{ state: { state: string; sections: { name: string }[] } }>(`${path}?source=gitlab&count=1`);
      expect(state.sections.map(({ name }) => name)).toContain("get_sources");
      const looked = await view.until(id, "refined", (job) => job.stages[0]?.from === "trace");
      expectMarkers(looked, trace, /^job trace/);
    }
    const docker = await view.until(dind.id, "kept", (job) => job.phase === "ended");
    expect(docker.docker).toEqual((await view.until(dind.id, "kept", (job) => job.docker !== null)).docker);
    expect(docker.hostAliases).toEqual(running.hostAliases);
    expect(docker.containers.map(({ name, mounts, image }) => ({ name, mounts, image }))).toEqual(
      running.containers.map(({ name, mounts, image }) => ({ name, mounts, image })),
    );
  } finally {
    await product.stop();
    await gitlab.stop();
    rmSync(folder, { recursive: true });
  }
});
