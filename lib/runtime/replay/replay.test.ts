import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { Runtime } from "../composition.ts";
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { openRecording } from "./open-recording.ts";
import { readSteps } from "./read-steps.ts";
import { KEEP_ALL, RecordedCluster } from "./recorded-cluster.ts";

const recorded = (name: string) =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, "../../testing/recorded", `${name}.json`), "utf8")) as {
    metadata: { name: string };
    status: { containerStatuses: { name: string; containerID: string }[] };
  };
let folder = "";
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), "runnerscope-replay-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A small recording out of objects of a real cluster: a running pod with a killed service, and the end of one whose build was killed. */
function writeRecording(where: string): void {
  const service = recorded("pod-service-oom");
  const build = recorded("pod-build-oom-deleted");
  const events = [
    { type: "ADDED", object: service },
    { type: "ADDED", object: build },
    { type: "DELETED", object: build },
    { type: "BOOKMARK", object: {} },
  ];
  mkdirSync(path.join(where, "cadvisor"), { recursive: true });
  // One on a line, one over many: kubectl writes both.
  writeFileSync(path.join(where, "pods.watch.json"), events.map((event, index) => JSON.stringify(event, null, index % 2)).join("\n"));
  writeFileSync(path.join(where, "nodes.json"), JSON.stringify({ items: [recorded("node")] }));
  const id = service.status.containerStatuses.find((status) => status.name === "build")?.containerID.replace("containerd://", "");
  const at = Date.parse("2026-11-24T04:25:00Z");
  writeFileSync(
    path.join(where, "cadvisor", `${at}.txt`),
    `container_memory_working_set_bytes{container="build",id="/x/${id}",image="i",name="${id}",namespace="n",pod="${service.metadata.name}"} 4096 ${at}\n`,
  );
}

function replay(given: string) {
  const { folder: opened, close } = openRecording(given);
  const cluster = new RecordedCluster("recording");
  const fleet = cluster.play(readSteps(opened, "recording"));
  close();
  return { cluster, fleet };
}

describe("a recording", () => {
  it("gives the verdicts of its pods, as a folder and as an archive", () => {
    const inner = path.join(folder, "incident");
    writeRecording(inner);
    execFileSync("tar", ["-czf", path.join(folder, "x.tar.gz"), "-C", folder, "incident"]);
    for (const given of [inner, folder, path.join(folder, "x.tar.gz")]) {
      const jobs = [...replay(given).fleet.jobs.values()];
      expect(
        jobs
          .map((job) => [job.ending, job.findings.some((finding) => finding.kind === "oom-kill") || job.verdict.kind === "oom-killed"])
          .toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
      ).toEqual([
        ["live", true],
        ["watched", true],
      ]);
    }
  });

  it("joins its cAdvisor pages, and shows the same fleet through the runtime, with the clock at its end", async () => {
    writeRecording(folder);
    const { cluster, fleet } = replay(folder);
    const { config } = readConfig({ RUNNERSCOPE_HISTORY_DAYS: "0" });
    const clock = { ...systemClock, now: () => cluster.endMs };
    const runtime = new Runtime({
      config: { ...config, keep: KEEP_ALL },
      status: { state: "ok" },
      watches: [cluster.watch()],
      scraper: () => cluster.scraper(),
      folded: fleet,
      clock,
      log: createLog("silent"),
    });
    expect([...runtime.fleet().jobs.keys()].toSorted()).toEqual([...fleet.jobs.keys()].toSorted());
    expect(runtime.fleet().at).toBe(new Date(cluster.endMs).toISOString());
    const live = [...runtime.fleet().jobs.values()].find((job) => job.ending === "live");
    expect(live?.containers.find((container) => container.name === "build")?.usage).toMatchObject({
      state: "known",
      value: { memoryBytes: 4096 },
    });
    expect(runtime.job(live?.key ?? "")?.series).toMatchObject([{ key: "build" }]);
    expect(runtime.missing()).toEqual([]);
    await runtime.stop();
  });

  it("follows the managers' pages: who held a job, and what the failure counters said when it left", () => {
    writeRecording(folder);
    const manager = recorded("pod-manager") as unknown as { status: { podIP: string } };
    const watch = path.join(folder, "pods.watch.json");
    writeFileSync(watch, `${JSON.stringify({ type: "ADDED", object: manager })}\n${readFileSync(watch, "utf8")}`);
    mkdirSync(path.join(folder, "managers"));
    const look = (at: string, ids: string[]) => {
      const file = path.join(folder, "managers", `${Date.parse(at)}-${manager.status.podIP}`);
      writeFileSync(
        `${file}.metrics.txt`,
        'gitlab_runner_concurrent 10\ngitlab_runner_jobs_total{runner="bedtokenr",runner_name="x",system_id="s"} 9\n',
      );
      writeFileSync(
        `${file}.jobs.txt`,
        ids
          .map((id) => `url=http://g/group/sample/-/jobs/${id} state=running stage=step_script executor_stage=prepare duration=3s\n`)
          .join(""),
      );
    };
    look("2026-11-24T04:25:30Z", ["1020"]);
    look("2026-11-24T04:25:35Z", []);
    const job = [...replay(folder).fleet.jobs.values()].find((one) => one.gitlab.id.state === "known" && one.gitlab.id.value === "1020");
    expect(job?.manager).toMatchObject({ state: "known", value: { via: "debug-list" } });
    expect(job?.verdict.evidence.some((evidence) => evidence.source.includes("manager"))).toBe(true);
  });

  it.each([
    ["nothing", () => {}, /is no recording/],
    ["an empty watch", () => writeFileSync(path.join(folder, "pods.watch.json"), ""), /holds nothing/],
    [
      "a broken watch",
      () => writeFileSync(path.join(folder, "pods.watch.json"), '{"type":"ADDED"} oops'),
      /pods.watch.json: no JSON at character 17/,
    ],
  ])("that is %s is refused in words", (_what, make, words) => {
    make();
    expect(() => replay(folder)).toThrow(words);
  });

  it("that is another file is refused in words", () => {
    writeFileSync(path.join(folder, "x.tar.gz"), "no archive");
    expect(() => replay(path.join(folder, "x.tar.gz"))).toThrow(/neither a folder nor a tar archive/);
    expect(() => replay(path.join(folder, "none"))).toThrow(/no such file/);
  });
});
