import { describe, expect, it } from "vitest";
import { at, buildContainer, buildPod, running, T0, terminated } from "../testing/build-pod-record.ts";
import { foldJob, jobOf, type JobInput } from "./fold-job.ts";
import { NO_LINKS } from "./link/job-links.ts";
import type { EndedPod } from "./pod-facts.ts";
import type { PodRecord } from "../kubernetes/schema.ts";

const gone = (ended: Omit<EndedPod, "record">, change: Partial<PodRecord> = {}) => {
  const record = buildPod(change);
  const input: JobInput = {
    pod: record,
    ended: { record, ...ended },
    events: [],
    node: null,
    usage: null,
    kubelet: "not-connected",
    nodeKills: [],
    links: NO_LINKS,
    atMs: Date.parse(at(400)),
  };
  const memo = foldJob(null, input);
  return { job: jobOf(memo), row: memo.row };
};

describe("when a pod went", () => {
  it("is known where its deletion was watched", () => {
    const { job, row } = gone({ deletedAt: at(300), ending: "watched", after: null });
    expect(job).toMatchObject({ deletedAt: at(300), deletedAfter: null, lastSeen: at(300) });
    expect(row).toMatchObject({ deletedAt: at(300), deletedAfter: null });
  });

  it("is bounded where it was missed: by the last word of the watch, else by the last version that came", () => {
    expect(gone({ deletedAt: at(300), ending: "missed", after: at(120) }).job).toMatchObject({
      deletedAt: at(300),
      deletedAfter: at(120),
      lastSeen: at(120),
      phaseSince: { state: "unknown", reason: "not-seen" },
    });
    expect(gone({ deletedAt: at(300), ending: "missed" }).job.deletedAfter).toBe(at(6));
  });

  it("is bounded where it was told late, and by what the pod itself shows", () => {
    const containers = [buildContainer("build", terminated("Error", 137, 190)), buildContainer("helper", terminated("Error", 137, 191))];
    const change = { deletionRequestedAt: at(160), deletionGraceSeconds: 30, containers };
    expect(gone({ deletedAt: at(300), ending: "watched", after: at(120) }, change).job.deletedAfter).toBe(at(191));
    expect(gone({ deletedAt: at(300), ending: "watched", after: at(250) }, change).job.deletedAfter).toBe(at(250));
  });

  it("is never bounded by a time after it was noticed: clocks differ", () => {
    const containers = [buildContainer("build", terminated("Error", 137, 900)), buildContainer("helper", running())];
    expect(gone({ deletedAt: at(300), ending: "missed", after: T0 }, { containers }).job.deletedAfter).toBe(at(300));
  });

  it("gives the verdict no time of its own, and its evidence the time at which it was missed", () => {
    const { verdict } = gone({ deletedAt: at(300), ending: "missed", after: at(120) }).job;
    expect(verdict).toMatchObject({ kind: "unknown", sentence: { key: "unknown.missed" }, at: null });
    expect(verdict.evidence).toContainEqual(expect.objectContaining({ field: "absent after a new list", at: at(300) }));
  });
});
