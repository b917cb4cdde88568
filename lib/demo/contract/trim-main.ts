// `node lib/demo/contract/trim-main.ts FOLDER > lib/demo/recorded/ten-jobs.json`: keeps of a recording (`npm run record:contract`) what the contract test compares.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { KubeObject } from "../model/objects.ts";
import { seenVersion, type RecordedJob, type Recording, type SeenVersion } from "./recording.ts";

const [folder = ""] = process.argv.slice(2);
const read = (...names: string[]) => readFileSync(path.join(folder, ...names), "utf8");

interface Line {
  type: SeenVersion["type"];
  object: KubeObject;
}
type RecordedEvent = KubeObject & {
  involvedObject: { kind: string; uid: string; fieldPath?: string };
  reason: string;
  type: string;
  message: string;
};

const linesOf = (file: string) =>
  read(file)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
const pods = linesOf("pods.watch.json");
const events = linesOf("events.watch.json") as { type: SeenVersion["type"]; object: RecordedEvent }[];
const records = JSON.parse(read("coordinator-jobs.json")) as {
  id: number;
  name: string;
  state: string;
  failure_reason: string | null;
  exit_code: number | null;
}[];
const idOf = ({ metadata }: KubeObject) => metadata.annotations?.["job.runner.gitlab.com/id"];
const versionsOf = (id: number) => pods.filter(({ object }) => idOf(object) === String(id));
const named = (name: string) => versionsOf(records.findLast((job) => job.name === name)?.id ?? 0);

const jobs: RecordedJob[] = records.map(({ id, name, state, failure_reason: failureReason, exit_code: exitCode }) => ({
  id,
  name,
  state,
  failureReason,
  exitCode,
  versions: versionsOf(id).map(({ type, object }) => seenVersion(type, object)),
}));

/** The first version whose status says so; throws when there is none. */
function first(lines: readonly Line[], text: string): KubeObject {
  const found = lines.find(({ object }) => JSON.stringify(object.status).includes(text));
  if (!found) throw new Error(`No version says ${text}.`);
  return found.object;
}

const workloads = (JSON.parse(read("workloads.json")) as { items: KubeObject[] }).items;
const templateOf = (spec: unknown) => spec as { template?: object; strategy?: object } | undefined;
const nodes = (JSON.parse(read("nodes.json")) as { items: KubeObject[] }).items;
const docker = named("docker-build");
const badImage = named("bad-image");
/** Items of a list have no kind. Who manages which field of nodes and workloads is not modelled: the product drops it while it reads. */
const whole = (object: KubeObject | undefined, kind: string, apiVersion: string): KubeObject => {
  const { managedFields: _managedFields, ...metadata } = object?.metadata ?? { name: "" };
  return { apiVersion, kind, ...object, metadata } as KubeObject;
};
/** Who made the pod and with what is compared once; it is half of its size. */
const withoutCreator = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, managedFields: (object.metadata.managedFields ?? []).slice(1) },
});
const waited = pods.find(
  ({ object }) =>
    idOf(object) !== undefined &&
    JSON.stringify(object.status).includes("Unschedulable") &&
    (object.spec as { containers: unknown[] }).containers.length === 2,
);
const manager = pods
  .filter(({ object }) => object.metadata.labels?.["chart"] !== undefined && JSON.stringify(object.status).includes('"phase":"Running"'))
  .at(-1);

const objects: Recording["objects"] = {
  "docker-build added": docker[0]?.object as KubeObject,
  "docker-build running": withoutCreator(first(docker, '"phase":"Running"')),
  "docker-build deleted": withoutCreator(docker.at(-1)?.object as KubeObject),
  "bad-image unschedulable": withoutCreator(waited?.object as KubeObject),
  "bad-image waiting": withoutCreator(first(badImage, "ErrImagePull")),
  "bad-image deleted": withoutCreator(badImage.at(-1)?.object as KubeObject),
  manager: manager?.object as KubeObject,
  node: whole(nodes[0], "Node", "v1"),
  deployment: whole(
    workloads.find(({ spec }) => templateOf(spec)?.strategy !== undefined),
    "Deployment",
    "apps/v1",
  ),
  replicaset: whole(
    workloads.find(({ spec }) => templateOf(spec)?.template !== undefined && templateOf(spec)?.strategy === undefined),
    "ReplicaSet",
    "apps/v1",
  ),
};

const uids = new Map(jobs.map(({ id }) => [versionsOf(id)[0]?.object.metadata.uid, id]));
const eventsOfJobs: Recording["eventsOfJobs"] = {};
const kinds: Recording["events"] = {};
// Whether a sandbox or a volume is there at once is chance; each event of a repeated try has its own number.
const CHANCE = new Set(["FailedCreatePodSandBox", "FailedMount"]);
for (const { type, object } of events) {
  const key = `${object.reason}${type === "MODIFIED" ? " again" : ""}`;
  if (object.involvedObject.kind === "Pod" && !CHANCE.has(object.reason)) kinds[key] ??= object;
  const id = uids.get(object.involvedObject.uid);
  if (id === undefined || type !== "ADDED") continue;
  (eventsOfJobs[id] ??= []).push([object.reason, object.type, object.involvedObject.fieldPath ?? null, object.message]);
}
const AGAIN = new Set(["MissingClusterDNS again", "FailedScheduling again"]);
for (const key of Object.keys(kinds)) if (key.endsWith(" again") && !AGAIN.has(key)) delete kinds[key];

/** One page with the rows of one job's pod (while it was throttled), of one manager's and of the slice. */
function cadvisorOf(): Pick<Recording, "cadvisor" | "machine"> {
  const uid = named("throttle")[0]?.object.metadata.uid ?? "none";
  const text = readdirSync(path.join(folder, "cadvisor"))
    .toSorted()
    .map((file) => read("cadvisor", file))
    .findLast((page) => page.includes(`pod${uid}/`) && page.includes('container="helper"'));
  const lines = (text ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const managerUid = objects["manager"]?.metadata.uid;
  const kept = (line: string) =>
    line.includes(`pod${uid}`) ||
    (line.includes(`pod${managerUid}"`) && line.includes('container=""')) ||
    /id="[^"]*\/kubepods\/burstable"/.test(line);
  return {
    cadvisor: lines.filter(kept).map((line) => line.replaceAll(/"\/runnerscope-\d+\/kubepods/g, '"/kubepods')),
    machine: lines.filter((line) => /^(machine_|cadvisor_version|container_scrape)/.test(line)),
  };
}

/** The page of a manager that has shown most, and the longest list of jobs. */
function managersOf(): Pick<Recording, "managerMetrics" | "jobsList"> {
  const files = readdirSync(path.join(folder, "managers")).toSorted();
  const longest = (kind: string) =>
    files
      .filter((file) => file.endsWith(`.${kind}.txt`))
      .map((file) => read("managers", file))
      .reduce((best, text) => (text.length >= best.length ? text : best), "");
  return {
    managerMetrics: longest("metrics")
      .split("\n")
      .filter((line) => line !== ""),
    jobsList: longest("jobs"),
  };
}

interface NodeStatus {
  nodeInfo: { kubeletVersion: string; containerRuntimeVersion: string };
}
const { nodeInfo: version } = whole(nodes[0], "Node", "v1").status as NodeStatus;
const recording: Recording = {
  source: `Ten jobs of gitlab-runner on the project's own bed: Kubernetes ${version.kubeletVersion}, ${version.containerRuntimeVersion}, cgroup v1, one node; recorded ${new Date().toISOString().slice(0, 10)}. Trimmed: state sequences of every job pod, whole objects of two pods, one event per reason, one scrape of some cgroups, one page of a manager.`,
  jobs,
  objects,
  events: kinds,
  eventsOfJobs,
  ...cadvisorOf(),
  ...managersOf(),
};
// Addresses of the bed mean nothing elsewhere; tokens of jobs are worthless after it, and still not kept.
const text = JSON.stringify(recording)
  .replaceAll(/http:\/\/\d+\.\d+\.\d+\.\d+:8929/g, "http://gitlab.example.test:8929")
  .replaceAll(/gitlab-ci-token:[^@"]+@/g, "gitlab-ci-token:token@");
process.stdout.write(`${text}\n`);
