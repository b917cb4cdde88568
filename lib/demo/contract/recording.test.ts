import { expect, test } from "vitest";
import type { GitlabJob } from "../model/gitlab.ts";
import type { KubeObject } from "../model/objects.ts";
import { cadvisorPage } from "../wire/cadvisor-page.ts";
import { jobsList, managerPage } from "../wire/manager-page.ts";
import { difference, keyPaths } from "./compare-shapes.ts";
import { readRecording, seenVersion, type SeenVersion } from "./recording.ts";
import { playTenJobs } from "./ten-jobs.ts";

const recording = readRecording();
const pages: string[] = [];
const lists: string[] = [];
const managers: string[] = [];
const played = playTenJobs((fleet, at) => {
  const [cluster] = fleet.clusters;
  if (!cluster) return;
  pages.push(cadvisorPage(cluster.nodes[0]!, at, { kernel: "6.18", osImage: "Debian", minor: 34, lean: false }));
  lists.push(...fleet.managers.map((manager) => jobsList(manager, at)));
  managers.push(...fleet.managers.map((manager) => managerPage(manager, at)));
});
const jobs = [...played.fleet.gitlab.jobs.values()];
const recorded = (name: string) => recording.jobs.find((entry) => entry.name === name)!;
const made = (name: string): GitlabJob => jobs.find((entry) => entry.spec.name === name)!;
const podVersions = (name: string) =>
  played.seen.filter(
    (entry) => entry.resource === "pods" && entry.object.metadata.annotations?.["job.runner.gitlab.com/id"] === String(made(name).id),
  );

/** Differences that are meant, each with its reason. */
const LISTED = {
  shapes: [
    // The bed has no kube-proxy: its managers are told the API server's address in their env. A cluster needs no such env.
    /\.containers\[gitlab-runner\]\.env\[KUBERNETES_SERVICE_(HOST|PORT)\]/,
    /f:containers\.k:\{"name":"gitlab-runner"\}\.f:env/,
    // The bed applies its Deployment with kubectl; the chart is installed with Helm, which writes no such annotation.
    /kubectl\.kubernetes\.io\/last-applied-configuration/,
  ],
  events: [
    // The bed has no cluster DNS. The event repeats with each sync of the kubelet; how often is not modelled.
    "MissingClusterDNS",
  ],
  machine: [
    // Non-volatile memory modules: no view reads them.
    /^machine_nvm_/,
  ],
} as const;

test("each job ends as in the recording", () => {
  for (const { name, state, failureReason, exitCode } of recording.jobs) {
    const { status, failureReason: reason, exitCode: code } = made(name);
    expect({ name, state: status, failureReason: reason, exitCode: code }).toEqual({ name, state, failureReason, exitCode });
  }
});

/**
 * Waiting for a place depends on what else runs, and whether the kubelet looks while an init container runs depends on how long that takes: those versions
 * are taken out, and so are repeats.
 */
function sequence(versions: readonly SeenVersion[]): string[] {
  const lines = versions
    .filter((version) => !version.conditions.some((entry) => entry.type === "PodScheduled" && entry.status === "False"))
    .filter((version) => !version.init.some((entry) => entry.state === "running"))
    .map((version) => JSON.stringify(version));
  return lines.filter((line, index) => line !== lines[index - 1]);
}

test.each(recording.jobs.filter((entry) => entry.versions.length > 0).map((entry) => entry.name))(
  "%s goes through the same states",
  (name) => {
    const mine = podVersions(name).map(({ type, object }) => seenVersion(type, object));
    expect(sequence(mine)).toEqual(sequence(recorded(name).versions));
  },
);

/** Paths with numbers and names of one pod, made equal. */
function normalize(path: string): string {
  return path
    .replaceAll(/(scripts|logs)-7-\d+/g, "$1-7-JOB")
    .replaceAll(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-X")
    .replaceAll(/gitlab-runner-[a-z0-9]{9,10}\b/g, "gitlab-runner-HASH")
    .replaceAll(/k:\{"uid":"[0-9a-f-]+"\}/g, "k:UID")
    .replaceAll(/"ip\\?":\\?"[0-9.]+/g, '"ip":"IP');
}

const firstWhere = (name: string, fits: (object: KubeObject) => boolean) => podVersions(name).find(({ object }) => fits(object))!.object;
const withoutCreator = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: "1", managedFields: (object.metadata.managedFields ?? []).slice(1) },
});
const text = (object: KubeObject) => JSON.stringify(object.status);

/** Whether a pod had to wait for a place depends on who came first; the entry that this leaves is compared where it is sure to be. */
function withoutScheduler(object: KubeObject): KubeObject {
  const managedFields = (object.metadata.managedFields as { manager: string }[] | undefined)?.filter(
    (entry) => entry.manager !== "kube-scheduler",
  );
  return { ...object, metadata: { ...object.metadata, ...(managedFields ? { managedFields } : {}) } };
}

/** Which pods find no room depends on who came first: any without services will do. */
const firstUnschedulable = () =>
  played.seen.find(
    ({ resource, object }) =>
      resource === "pods" && text(object).includes("Unschedulable") && (object.spec as { containers: unknown[] }).containers.length === 2,
  )!.object;

test("objects have the shape of the recorded ones", () => {
  const shapes: Record<string, KubeObject> = {
    "docker-build added": { ...podVersions("docker-build")[0]!.object },
    "docker-build running": withoutCreator(firstWhere("docker-build", (object) => text(object).includes('"phase":"Running"'))),
    "docker-build deleted": withoutCreator(podVersions("docker-build").at(-1)!.object),
    "bad-image unschedulable": withoutCreator(firstUnschedulable()),
    "bad-image waiting": withoutCreator(firstWhere("bad-image", (object) => text(object).includes("ErrImagePull"))),
    "bad-image deleted": withoutCreator(podVersions("bad-image").at(-1)!.object),
    manager: played.sink.objects("pods").find((object) => object.metadata.labels?.chart)!,
    node: played.sink.objects("nodes")[0]!,
    deployment: played.sink.objects("deployments")[0]!,
    replicaset: played.sink.objects("replicasets")[0]!,
  };
  for (const [name, object] of Object.entries(shapes)) {
    const own = { ...object, metadata: { ...object.metadata, resourceVersion: "1" } };
    const [theirs, mine] = [recording.objects[name]!, own].map((one) =>
      keyPaths(name === "bad-image unschedulable" ? one : withoutScheduler(one), normalize),
    );
    expect([name, difference(theirs!, mine!, LISTED.shapes)]).toEqual([name, { missing: [], extra: [] }]);
  }
});

test("each job's events have the recorded reasons, types, containers and texts", () => {
  const events = played.seen
    .filter((entry) => entry.resource === "events" && entry.type === "ADDED")
    .map(
      (entry) =>
        entry.object as KubeObject & { involvedObject: { uid: string; fieldPath?: string }; reason: string; type: string; message: string },
    );
  for (const { id, name, versions } of recording.jobs) {
    if (versions.length === 0) continue;
    const uid = podVersions(name)[0]!.object.metadata.uid;
    const pod = podVersions(name)[0]!.object.metadata.name;
    const clean = (entry: readonly [string, string, string | null | undefined, string], podName: string) =>
      `${entry[0]} ${entry[1]} ${entry[2] ?? "-"} ${entry[3].replaceAll(podName, "POD").replaceAll(/gitlab-runner\/runner-\S+/g, "gitlab-runner/POD")}`;
    const keep = (line: string) => !LISTED.events.some((reason) => line.startsWith(reason)) && !line.startsWith("FailedScheduling");
    const mine = events
      .filter((event) => event.involvedObject.uid === uid)
      .map((event) => clean([event.reason, event.type, event.involvedObject.fieldPath, event.message], pod))
      .filter(keep);
    const theirs = (recording.eventsOfJobs[id] ?? []).map((event) => clean(event, "NONE")).filter(keep);
    expect([name, mine.toSorted()]).toEqual([name, theirs.toSorted()]);
  }
});

test("an event of each reason has the recorded shape", () => {
  const events = played.seen.filter((entry) => entry.resource === "events");
  for (const [key, event] of Object.entries(recording.events)) {
    const [reason = "", again] = key.split(" ");
    if (LISTED.events.includes(reason as "MissingClusterDNS") || reason === "SuccessfulCreate" || reason === "ScalingReplicaSet") continue;
    const fieldPath = (event.involvedObject as { fieldPath?: string }).fieldPath !== undefined;
    const mine = events.find(
      ({ type, object }) =>
        object.reason === reason &&
        (again === undefined || type === "MODIFIED") &&
        ((object.involvedObject as { fieldPath?: string }).fieldPath !== undefined) === fieldPath,
    );
    expect([key, mine !== undefined]).toEqual([key, true]);
    expect([
      key,
      difference(keyPaths(event), keyPaths({ ...mine!.object, metadata: { ...mine!.object.metadata, resourceVersion: "1" } })),
    ]).toEqual([key, { missing: [], extra: [] }]);
  }
});

test("a place that is missing is said in the scheduler's words", () => {
  const message = (recording.events.FailedScheduling as KubeObject & { message: string }).message;
  expect(played.seen.some(({ object }) => object.reason === "FailedScheduling" && object.message === message)).toBe(true);
});

/** Name, label names, whether there is a time stamp: of one kind of row. */
function rowShapes(lines: readonly string[]): Map<string, Set<string>> {
  const kinds = new Map<string, Set<string>>();
  for (const line of lines) {
    const found = /^(\w+)\{(.*)\} (\S+)( \d+)?$/.exec(line);
    if (!found) continue;
    const labels = Object.fromEntries([...(found[2] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1], match[2]]));
    const kind = labels.container
      ? `container ${labels.container}`
      : labels.image
        ? "sandbox"
        : labels.pod
          ? `pod ${labels.pod.startsWith("runner-") ? "job" : "manager"}`
          : labels.id === "/kubepods/burstable"
            ? "slice"
            : null;
    const extra = ["cpu", "failure_type", "interface", "scope", "state", "ulimit"]
      .filter((name) => labels[name] !== undefined)
      .map((name) => `${name}=${labels[name]}`);
    if (kind === null) continue;
    const set = kinds.get(kind) ?? new Set();
    set.add(`${found[1]} ${Object.keys(labels).join(",")} ${extra.join(",")} ${found[4] ? "timed" : "untimed"}`);
    kinds.set(kind, set);
  }
  return kinds;
}

test("the kubelet's rows have the recorded names, labels and stamps, by kind of cgroup", () => {
  const theirs = rowShapes(recording.cadvisor);
  const mine = rowShapes(pages.flatMap((page) => page.split("\n")));
  for (const [kind, rows] of theirs) {
    expect([kind, difference([...rows].toSorted(), [...(mine.get(kind) ?? [])].toSorted())]).toEqual([kind, { missing: [], extra: [] }]);
  }
});

test("the kubelet's page has the recorded rows about the machine", () => {
  const names = (lines: readonly string[]) =>
    [...new Set(lines.filter((line) => /^(machine_|cadvisor_version|container_scrape)/.test(line)).map(nameAndLabels))].toSorted();
  expect(difference(names(recording.machine), names(pages[0]!.split("\n")), LISTED.machine)).toEqual({ missing: [], extra: [] });
});

test("rows carry their own times, 10 to 20 seconds apart, and vanish with their container", () => {
  const uid = podVersions("throttle")[0]!.object.metadata.uid;
  const ofBuild = pages.map((page) =>
    page
      .split("\n")
      .find(
        (line) => line.startsWith("container_cpu_cfs_throttled_periods_total") && line.includes(uid) && line.includes('container="build"'),
      ),
  );
  const stamps = [...new Set(ofBuild.filter((line) => line !== undefined).map((line) => Number(line.split(" ").at(-1))))];
  expect(stamps.length).toBeGreaterThan(2);
  for (const [index, stamp] of stamps.slice(1).entries()) {
    const apart = stamp - stamps[index]!;
    expect(apart).toBeGreaterThanOrEqual(10_000);
    expect(apart).toBeLessThanOrEqual(20_000);
  }
  expect(ofBuild.at(-1)).toBeUndefined();
  const throttled = Number(
    ofBuild
      .findLast((line) => line !== undefined)!
      .split(" ")
      .at(-2),
  );
  expect(throttled).toBeGreaterThan(20);
});

const nameAndLabels = (line: string) => `${line.split(/[{ ]/)[0]} ${[...line.matchAll(/(\w+)="/g)].map((match) => match[1]).join(",")}`;

test("a manager's page has the recorded names, labels, types and help texts", () => {
  const sample = (lines: readonly string[]) =>
    [...new Set(lines.filter((line) => line !== "" && !line.startsWith("#")).map(nameAndLabels))].toSorted();
  const comments = (lines: readonly string[]) => [...new Set(lines.filter((line) => line.startsWith("#")))].toSorted();
  const all = managers.flatMap((page) => page.split("\n"));
  expect(difference(sample(recording.managerMetrics), sample(all))).toEqual({ missing: [], extra: [] });
  expect(difference(comments(recording.managerMetrics), comments(all))).toEqual({ missing: [], extra: [] });
});

test("the list of jobs reads as the recorded one", () => {
  const shape = (line: string) => line.replace(/\d+ state/, "ID state").replace(/duration=[0-9hms.]+$/, "duration=D");
  const mine = new Set(
    lists
      .flatMap((list) => list.split("\n"))
      .filter(Boolean)
      .map(shape),
  );
  for (const line of recording.jobsList.split("\n").filter(Boolean)) expect(mine).toContain(shape(line));
});
